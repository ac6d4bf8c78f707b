"""The demo of accountability: there at once, the same at every start, and never in the way of a start."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from identity.accounts.models import User
from identity.agents.lifecycle import DeactivationReason, deactivate
from identity.agents.models import Agent, AgentStatus
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.clock import now
from registry.directory import demo
from reputation.moderation.models import Appeal, Case, Report, Sanction
from reputation.scoring.models import AgentScore

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own for keys, and no list to import."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery staple")
    monkeypatch.setattr(demo, "DIRECTORY_COPY", tmp_path / "empty.json")
    (tmp_path / "empty.json").write_text("[]")


def load() -> str:
    said = StringIO()
    call_command("demo_data", stdout=said)
    return said.getvalue()


def agent(fqn: str) -> Agent:
    return Agent.objects.get(names__fqn=fqn)


def test_it_shows_a_case_measures_appeals_and_scores(client: Any) -> None:
    said = load()
    assert "are left out" not in said, said
    assert agent("deals.pixel").status == AgentStatus.SUSPENDED
    assert agent("coupons.pixel").status == AgentStatus.ACTIVE
    assert sorted(Sanction.objects.values_list("level", "state")) == [(2, "overturned"), (3, "effective")]
    assert sorted(Appeal.objects.values_list("state", "outcome")) == [("decided", "overturned"), ("open", "")]
    assert AgentScore.objects.get(agent=agent("concierge.acme")).sample_size > 0
    assert Report.objects.untriaged().count() == 1
    assert User.objects.filter(is_staff=True).count() == 3
    for address in ("/transparency", "/a/deals.pixel", "/a/coupons.pixel", "/a/concierge.acme"):
        assert client.get(address).status_code == 200, address
    assert "Overturned on appeal" in client.get("/a/coupons.pixel").content.decode()


def test_it_changes_nothing_at_the_next_start() -> None:
    load()
    before = {model: model.objects.count() for model in (Case, Report, Sanction, Appeal, Event, User)}
    load()
    assert {model: model.objects.count() for model in before} == before


def test_it_never_keeps_the_registry_from_starting() -> None:
    load()
    deactivate(
        agent=agent("rooms.nordlicht"),
        reason=DeactivationReason.CESSATION_OF_OPERATION,
        actor=system("tests"),
        at=now(),
    )
    load()
