"""Limits that are about to become wider are told to whoever can still say no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from identity.accounts.models import Membership, Organization, Role, User
from identity.delegation.delegate import draft_root, strong_sign_in_evidence
from identity.delegation.models import Delegation, PendingRaise
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.drain import drain, replay
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from identity.spending.raises import apply_raise, ask_raise, cancel_raise
from registry.notices.kinds import CHOSEN, FORMS, NoticeKind
from registry.notices.models import Notice, Way
from tests.spending.conftest import TOTAL_500, Holder, euros, make_terms
from tests.spending_scene import *  # noqa: F403 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(
    acme: Organization, planner: Holder, grant: Callable[..., Delegation], at: datetime
) -> Callable[..., PendingRaise]:
    old = grant(planner, TOTAL_500)

    def ask(actor: Actor) -> PendingRaise:
        terms = make_terms(at, euros("total", 80_000, refundRestores=True))
        draft = draft_root(principal=acme, agent=planner.agent, terms=terms, replaces=old, at=at)
        evidence = strong_sign_in_evidence(method="webauthn", signed_in_at=at)
        return ask_raise(draft=draft, evidence=evidence, actor=actor, at=at)

    return ask


def by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


def told() -> list[Notice]:
    sequence()
    drain("raises", at=now())
    return list(Notice.objects.filter(kind=NoticeKind.RAISE).order_by("user_id"))


def test_she_who_agreed_is_told_too_and_when_it_begins(ask: Callable[..., PendingRaise], alice: User) -> None:
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
    ask: Callable[..., PendingRaise], acme: Organization, alice: User, bob: User
) -> None:
    Delegation.objects.update(lent_by="")
    Membership.objects.filter(organization=acme, user=bob).update(role=Role.ADMINISTRATOR)
    ask(system("program"))
    assert {notice.user_id for notice in told()} == {alice.pk, bob.pk}


def test_nobody_chooses_not_to_hear_it() -> None:
    assert NoticeKind.RAISE not in CHOSEN
    assert FORMS[NoticeKind.RAISE].is_urgent


@pytest.mark.parametrize("end", ["cancelled", "begun"])
def test_what_is_over_is_told_to_nobody(ask: Callable[..., PendingRaise], alice: User, end: str) -> None:
    pending = ask(by(alice))
    if end == "cancelled":
        cancel_raise(pending=pending, actor=by(alice), at=pending.asked_at)
    else:
        assert apply_raise(pending=pending, at=pending.ripe_at)
    assert told() == []


def test_a_change_that_is_cancelled_after_it_was_told_is_no_news_any_more(
    ask: Callable[..., PendingRaise], alice: User
) -> None:
    pending = ask(by(alice))
    (notice,) = told()
    assert notice.read_at is None
    cancel_raise(pending=pending, actor=by(alice), at=pending.asked_at)
    (notice,) = told()
    assert notice.read_at is not None


def test_it_is_told_once_after_a_replay_too(ask: Callable[..., PendingRaise], alice: User) -> None:
    ask(by(alice))
    assert len(told()) == 1
    replay("raises", at=now())
    assert len(told()) == 1
