"""Limits that are about to become wider are told to whoever can still say no."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from identity.accounts.models import Membership, Organization, Role, User
from identity.delegation.models import Delegation, PendingRaise
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.drain import drain, replay
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from identity.spending.raises import apply_raise, cancel_raise
from registry.notices.kinds import CHOSEN, FORMS, NoticeKind
from registry.notices.models import Notice, Way
from tests.spending.conftest import TOTAL_500, Holder, ask_wider, grant, make_holder, planner

__all__ = ["ask_wider", "grant", "make_holder", "planner"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(
    planner: Holder, grant: Callable[..., Delegation], ask_wider: Callable[..., PendingRaise]
) -> Callable[[Actor], PendingRaise]:
    return partial(ask_wider, grant(planner, TOTAL_500))


def by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


def told() -> list[Notice]:
    sequence()
    drain("raises", at=now())
    return list(Notice.objects.filter(kind=NoticeKind.RAISE).order_by("user_id"))


def test_she_who_agreed_is_told_too_and_when_it_begins(ask: Callable[[Actor], PendingRaise], alice: User) -> None:
    """Whoever holds her phone agreed in her name: it is she who reads the mail."""
    pending = ask(by(alice))
    (notice,) = told()
    assert (notice.user, notice.way, notice.until) == (alice, Way.OUT, pending.ripe_at)
    assert notice.title == "Planner is about to get wider limits"
    day, time = pending.ripe_at.strftime("%Y"), pending.ripe_at.strftime("%H:%M")
    assert day in notice.body
    assert time in notice.body
    assert notice.link == f"/console/{pending.delegation.principal_id}/delegations/{pending.delegation_id}/"


def test_when_a_program_asked_everybody_who_can_cancel_is_told(
    ask: Callable[[Actor], PendingRaise], acme: Organization, alice: User, bob: User
) -> None:
    Delegation.objects.update(lent_by="")
    Membership.objects.filter(organization=acme, user=bob).update(role=Role.ADMINISTRATOR)
    ask(system("program"))
    assert {notice.user_id for notice in told()} == {alice.pk, bob.pk}


def test_nobody_chooses_not_to_hear_it() -> None:
    assert NoticeKind.RAISE not in CHOSEN
    assert FORMS[NoticeKind.RAISE].is_urgent


@pytest.mark.parametrize("end", ["cancelled", "begun"])
def test_what_is_over_is_told_to_nobody(ask: Callable[[Actor], PendingRaise], alice: User, end: str) -> None:
    pending = ask(by(alice))
    if end == "cancelled":
        cancel_raise(pending=pending, actor=by(alice), at=pending.asked_at)
    else:
        assert apply_raise(pending=pending, at=pending.ripe_at)
    assert told() == []


def test_a_change_that_is_cancelled_after_it_was_told_is_no_news_any_more(
    ask: Callable[[Actor], PendingRaise], alice: User
) -> None:
    pending = ask(by(alice))
    (notice,) = told()
    assert notice.read_at is None
    cancel_raise(pending=pending, actor=by(alice), at=pending.asked_at)
    (notice,) = told()
    assert notice.read_at is not None


def test_it_is_told_once_after_a_replay_too(ask: Callable[[Actor], PendingRaise], alice: User) -> None:
    ask(by(alice))
    assert len(told()) == 1
    replay("raises", at=now())
    assert len(told()) == 1
