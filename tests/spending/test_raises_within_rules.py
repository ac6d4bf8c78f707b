"""Wider limits that wait are held to what whoever agreed may lend, when she agrees and when they begin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from identity.accounts.models import Membership, Organization, Role, User
from identity.delegation.lending_bounds import NOTHING, Bounds, Ceiling
from identity.delegation.lending_rules import set_lending_rule
from identity.delegation.models import Delegation, PendingRaise
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import NotPermitted
from identity.spending.raises import apply_raise
from tests.spending.conftest import TOTAL_500, Holder

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_bob(acme: Organization, bob: User) -> Actor:
    """Bob lends, from now on."""
    Membership.objects.filter(organization=acme, user=bob).update(role=Role.LENDER)
    return Actor(ActorKind.USER, bob.pk)


@pytest.fixture
def lenders_may(acme: Organization, alice: User, at: datetime) -> Callable[[Bounds], Bounds]:
    def set_rule(bounds: Bounds) -> Bounds:
        by_alice = Actor(ActorKind.USER, alice.pk)
        return set_lending_rule(organization=acme, role=Role.LENDER, bounds=bounds, actor=by_alice, at=at)

    return set_rule


@pytest.fixture
def asked(
    planner: Holder, grant: Callable[..., Delegation], ask_wider: Callable[..., PendingRaise], by_bob: Actor
) -> Callable[[], PendingRaise]:
    """Bob agrees to 800 EUR in the place of 500."""
    return partial(ask_wider, grant(planner, TOTAL_500), by_bob)


def up_to(amount: int) -> Bounds:
    return Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", total=amount),))


def test_what_goes_beyond_is_refused_when_it_is_agreed_to(
    asked: Callable[[], PendingRaise], lenders_may: Callable[[Bounds], Bounds]
) -> None:
    lenders_may(up_to(79_999))
    with pytest.raises(NotPermitted) as refused:
        asked()
    assert refused.value.code == "lending_rule_exceeded"
    assert not PendingRaise.objects.exists()


@pytest.mark.parametrize(
    ("lowered", "reason"), [(up_to(79_999), "lending_rule_exceeded"), (NOTHING, "lending_not_allowed")]
)
def test_a_rule_lowered_while_it_waits_keeps_it_from_beginning(
    asked: Callable[[], PendingRaise], lenders_may: Callable[[Bounds], Bounds], lowered: Bounds, reason: str
) -> None:
    lenders_may(up_to(80_000))
    pending = asked()
    lenders_may(lowered)
    assert apply_raise(pending=pending, at=pending.ripe_at) is False
    pending.refresh_from_db()
    assert (pending.state, pending.end_reason) == ("failed", reason)
    assert Event.objects.filter(kind="delegation.raise_failed").get().payload["reason"] == reason
    assert Delegation.objects.get().status == "active"


def test_what_is_still_within_begins_and_names_who_agreed(
    asked: Callable[[], PendingRaise], lenders_may: Callable[[Bounds], Bounds], by_bob: Actor
) -> None:
    lenders_may(up_to(80_000))
    pending = asked()
    assert pending.asked_by == by_bob.id
    assert apply_raise(pending=pending, at=pending.ripe_at) is True
    new: Any = Delegation.objects.get(replaces=pending.delegation_id)
    assert new.lent_by == by_bob.id
