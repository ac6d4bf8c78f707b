"""Fixtures of the journal's tests: events to write, and readers that are forgotten again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from identity.journal import drain
from identity.journal.actor import system
from identity.journal.kinds import AgentReinstated, AgentSuspended
from identity.journal.models import Event
from identity.journal.record import record
from identity.primitives.clock import now


@pytest.fixture
def write() -> Callable[..., list[Event]]:
    """Write so many events in one transaction, all about ``subject``."""

    def write_events(count: int = 1, subject: str = "agt_test", kind: str = "agent.suspended") -> list[Event]:
        payload = AgentSuspended(reason="test") if kind == "agent.suspended" else AgentReinstated()
        with transaction.atomic():
            return [record(payload, subject=subject, actor=system("test"), at=now()) for _ in range(count)]

    return write_events


@pytest.fixture
def own_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader but those the test registers itself."""
    monkeypatch.setattr(drain, "_READERS", {})
    monkeypatch.setattr(drain, "autodiscover_modules", lambda name: None)
