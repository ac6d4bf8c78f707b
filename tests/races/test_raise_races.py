"""Wider limits whose time has come, met by two workers at once and by their own cancellation."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from identity.delegation.models import Delegation, PendingRaise
from identity.journal.actor import system
from identity.primitives.errors import Conflict
from identity.spending.raises import apply_raise, cancel_raise
from tests.spending.conftest import TOTAL_500, Holder, ask_wider, buyer, grant, make_holder, planner

__all__ = ["ask_wider", "buyer", "grant", "make_holder", "planner"]
pytestmark = pytest.mark.django_db(transaction=True)
BY_TESTS = system("tests")


@pytest.fixture
def waiting(planner: Holder, grant: Callable[..., Delegation], ask_wider: Callable[..., PendingRaise]) -> PendingRaise:
    return ask_wider(grant(planner, TOTAL_500), BY_TESTS)


def side_by_side(*acts: Callable[[], Any]) -> list[Any]:
    def run(act: Callable[[], Any]) -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [each.result() for each in [threads.submit(run, act) for act in acts]]


def test_two_workers_issue_it_once(waiting: PendingRaise) -> None:
    begun = side_by_side(*[lambda: apply_raise(pending=waiting, at=waiting.ripe_at)] * 4)
    assert sorted(begun) == [False, False, False, True]
    assert Delegation.objects.filter(replaces=waiting.delegation_id).count() == 1


def test_it_begins_or_is_cancelled_never_both(waiting: PendingRaise) -> None:
    at = waiting.ripe_at + timedelta(seconds=1)

    def cancel() -> bool:
        try:
            cancel_raise(pending=waiting, actor=BY_TESTS, at=at)
        except Conflict:
            return False
        return True

    begun, cancelled = side_by_side(lambda: apply_raise(pending=waiting, at=at), cancel)
    assert begun != cancelled
    waiting.refresh_from_db()
    assert waiting.state == ("issued" if begun else "cancelled")
    assert Delegation.objects.filter(replaces=waiting.delegation_id).exists() == begun
