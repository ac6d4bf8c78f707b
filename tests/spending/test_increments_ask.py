"""Growing a hold asks the human where a new purchase of that size would have."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from identity.accounts.models import User
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from identity.primitives.errors import Conflict
from identity.primitives.money import Money
from identity.spending.answers import approve, decline, displayed_text
from identity.spending.attempt import Decided
from identity.spending.increment import increment
from identity.spending.models import Approval, Authorization, Elevation
from identity.spending.reconcile import reconcile
from identity.spending.settle import capture, void
from tests.spending.conftest import Shop, euros

pytestmark = pytest.mark.django_db(transaction=True)

ABOVE_25 = {"type": "step_up", "when": {"amountOver": 2_500, "currency": "EUR", "exponent": 2}}
ASSERTION = {"type": "WebAuthnApproval", "signature": "AA"}


@pytest.fixture
def leaf(buyer: Any, grant: Any) -> Delegation:
    """500 EUR in all, 100 EUR a month, and Alice is asked above 25 EUR."""
    month = euros("per_period", 10_000, period="month", alignment="calendar", timezone="Europe/Berlin")
    made: Delegation = grant(buyer, euros("total", 50_000), month, ABOVE_25)
    return made


@pytest.fixture
def grow(shop: Shop, buyer: Any, leaf: Delegation) -> Any:
    """Ask for ``more``, to hold ``whole``."""

    def ask(held: str, *, whole: int, more: int, **named: Any) -> Decided:
        return increment(
            authorization_id=held,
            vendor=shop.vendor.pk,
            more=Money(more, "EUR"),
            intent=shop.intent(buyer, leaf, whole, at=shop.at),
            caller_key=uuid4().hex,
            actor=Actor(ActorKind.AGENT, shop.vendor.pk),
            at=shop.at,
            **{"fingerprint": "", **named},
        )

    return ask


def codes(decided: Decided) -> list[str]:
    return [reason["code"] for reason in decided.record["reasons"]]


def say_yes(decided: Decided, person: User, at: Any) -> Approval:
    approval = Approval.objects.get(pk=decided.approval)
    actor = Actor(ActorKind.USER, person.pk)
    return approve(approval=approval, approver=person, evidence=ASSERTION, actor=actor, at=at)


def test_it_asks_when_the_whole_amount_crosses_the_threshold(
    shop: Shop, buyer: Any, leaf: Delegation, grow: Any
) -> None:
    held = shop.spend(buyer, leaf, 2_000).authorization
    within = grow(held, whole=2_500, more=500)
    beyond = grow(held, whole=3_000, more=500)
    assert (within.verdict, beyond.verdict, codes(beyond)) == ("approved", "step_up_required", ["approval_required"])
    assert Authorization.objects.get().amount == 2_500
    question = Approval.objects.get(pk=beyond.approval)
    assert question.lifts == ["0:L3"]
    assert "asks to spend 30.00 EUR" in displayed_text(question)
    assert "Held for it already: 25.00 EUR." in displayed_text(question)


def test_a_yes_lets_it_grow_once(shop: Shop, buyer: Any, leaf: Delegation, grow: Any, alice: User) -> None:
    held = shop.spend(buyer, leaf, 2_000).authorization
    asked = grow(held, whole=4_000, more=2_000)
    say_yes(asked, alice, shop.at)
    grown = grow(held, whole=4_000, more=2_000, approval=asked.approval)
    assert (grown.verdict, grown.decision_class, grown.authorization) == ("approved", "D3", held)
    assert Elevation.objects.get().consumed_by == grown.id
    again = grow(held, whole=6_000, more=2_000, approval=asked.approval)
    assert (again.verdict, codes(again)[0]) == ("declined", "approval_already_used")
    step = {"authorization_id": held, "actor": Actor(ActorKind.AGENT, shop.vendor.pk), "at": shop.at}
    capture(vendor=shop.vendor.pk, amount=3_500, currency="EUR", **step)
    void(**step)
    assert reconcile() == ()


def test_each_growth_is_asked_about(shop: Shop, buyer: Any, leaf: Delegation, grow: Any, alice: User) -> None:
    """Also of a purchase that she agreed to before: her yes was to exactly that amount."""
    first = shop.spend(buyer, leaf, 3_000)
    say_yes(first, alice, shop.at)
    held = shop.spend(buyer, leaf, 3_000, approval=first.approval).authorization
    for whole in (4_000, 5_000):
        asked = grow(held, whole=whole, more=1_000)
        assert asked.verdict == "step_up_required"
        say_yes(asked, alice, shop.at)
        assert grow(held, whole=whole, more=1_000, approval=asked.approval).verdict == "approved"
    assert Authorization.objects.get().amount == 5_000
    assert Elevation.objects.exclude(consumed_by=None).count() == 3
    assert reconcile() == ()


def test_a_yes_to_a_growth_is_none_to_a_purchase(
    shop: Shop, buyer: Any, leaf: Delegation, grow: Any, alice: User
) -> None:
    """Stops a shop from holding the whole amount beside what it holds already."""
    held = shop.spend(buyer, leaf, 2_000).authorization
    asked = grow(held, whole=3_000, more=1_000)
    say_yes(asked, alice, shop.at)
    used = shop.spend(buyer, leaf, 3_000, approval=asked.approval)
    assert (used.verdict, codes(used)[0]) == ("declined", "approval_mismatch")
    other = shop.spend(buyer, leaf, 2_000).authorization
    elsewhere = grow(other, whole=3_000, more=1_000, approval=asked.approval)
    assert (elsewhere.verdict, codes(elsewhere)[0]) == ("declined", "approval_mismatch")


def test_a_no_stands(shop: Shop, buyer: Any, leaf: Delegation, grow: Any, alice: User) -> None:
    held = shop.spend(buyer, leaf, 2_000).authorization
    asked = grow(held, whole=3_000, more=1_000)
    by_alice = Actor(ActorKind.USER, alice.pk)
    decline(approval=Approval.objects.get(pk=asked.approval), approver=alice, actor=by_alice, at=shop.at)
    again = grow(held, whole=3_000, more=1_000)
    assert (again.verdict, codes(again)[0]) == ("declined", "approval_denied")
    assert Authorization.objects.get().amount == 2_000


def test_no_limit_is_lifted_for_a_growth(shop: Shop, buyer: Any, leaf: Delegation, grow: Any) -> None:
    held = shop.spend(buyer, leaf, 2_000).authorization
    beyond = grow(held, whole=10_001, more=8_001)
    assert (beyond.verdict, codes(beyond)) == ("declined", ["period_limit_exceeded", "approval_required"])
    assert not Approval.objects.exists()


def test_what_stands_on_a_lifted_limit_does_not_grow(
    shop: Shop, buyer: Any, leaf: Delegation, grow: Any, alice: User
) -> None:
    asked = shop.spend(buyer, leaf, 10_001)
    say_yes(asked, alice, shop.at)
    held = shop.spend(buyer, leaf, 10_001, approval=asked.approval).authorization
    with pytest.raises(Conflict) as refused:
        grow(held, whole=10_002, more=1)
    assert refused.value.code == "increment_mismatch"


def test_the_same_key_asks_once(shop: Shop, buyer: Any, leaf: Delegation, grow: Any) -> None:
    held = shop.spend(buyer, leaf, 2_000).authorization
    first, second = (grow(held, whole=3_000, more=1_000, fingerprint="f") for _ in range(2))
    assert first.approval == second.approval
    assert Approval.objects.count() == 1
