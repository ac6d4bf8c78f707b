"""Growing a hold is a spend like another: no limit may be walked round by asking in small steps."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from identity.journal.actor import Actor, ActorKind
from identity.primitives.errors import Conflict
from identity.primitives.money import Money
from identity.spending.increment import increment
from identity.spending.models import Authorization
from identity.spending.reconcile import reconcile
from identity.spending.settle import capture
from tests.spending.conftest import Shop, euros

pytestmark = pytest.mark.django_db
WITH_SNAPSHOTS = pytest.mark.django_db(transaction=True)

TWO_DAYS = timedelta(days=2)


def grow(shop: Shop, holder, leaf, authorization: str, *, whole: int, more: int, at, **changes):
    """The vendor asks for ``more``, with the agent's new intent over ``whole``."""
    return increment(
        authorization_id=authorization,
        vendor=shop.vendor.pk,
        more=Money(more, "EUR"),
        intent=shop.intent(holder, leaf, whole, at=at, **changes),
        caller_key=uuid4().hex,
        fingerprint="",
        actor=Actor(ActorKind.AGENT, shop.vendor.pk),
        at=at,
    )


def test_it_counts_each_increment_in_the_window_that_looks_back_from_it(shop, buyer, grant, at):
    leaf = grant(buyer, euros("rolling", 10_000, window="P1D"))
    held = shop.spend(buyer, leaf, 1_000, hold_for=timedelta(days=20)).authorization
    later = at + TWO_DAYS
    first = grow(shop, buyer, leaf, held, whole=11_000, more=10_000, at=later)
    second = grow(shop, buyer, leaf, held, whole=21_000, more=10_000, at=later + timedelta(minutes=1))
    assert (first.verdict, second.verdict) == ("approved", "declined")
    assert [reason["code"] for reason in second.record["reasons"]] == ["rolling_limit_exceeded"]


def test_it_counts_increments_against_other_spends_of_that_day(shop, buyer, grant, at):
    leaf = grant(buyer, euros("rolling", 10_000, window="P1D"))
    held = shop.spend(buyer, leaf, 1_000, hold_for=timedelta(days=20)).authorization
    later = at + TWO_DAYS
    grow(shop, buyer, leaf, held, whole=11_000, more=10_000, at=later)
    assert shop.spend(buyer, leaf, 100, at=later + timedelta(hours=1)).verdict == "declined"


def test_it_is_for_the_same_action_as_the_authorization(shop, buyer, grant, at):
    leaf = grant(buyer, euros("total", 50_000))
    held = shop.spend(buyer, leaf, 1_000).authorization
    with pytest.raises(Conflict) as refused:
        grow(shop, buyer, leaf, held, whole=2_000, more=1_000, at=at, action="/commerce/subscribe")
    assert refused.value.code == "increment_mismatch"


@WITH_SNAPSHOTS
@pytest.mark.parametrize("days", [0, 2], ids=["in its window", "after its window"])
def test_the_ledger_adds_up_when_a_hold_grew_later(shop, buyer, grant, at, days):
    leaf = grant(buyer, euros("total", 50_000), euros("rolling", 10_000, window="P1D"))
    held = shop.spend(buyer, leaf, 1_000, hold_for=timedelta(days=20)).authorization
    later = at + timedelta(days=days, minutes=1)
    assert grow(shop, buyer, leaf, held, whole=3_000, more=2_000, at=later).verdict == "approved"
    step = {"authorization_id": held, "actor": Actor(ActorKind.AGENT, shop.vendor.pk), "at": later}
    capture(vendor=shop.vendor.pk, amount=1_500, currency="EUR", is_final=True, **step)
    assert reconcile() == ()


@WITH_SNAPSHOTS
def test_a_hold_that_grew_by_other_than_was_posted_does_not_add_up(shop, buyer, grant, at):
    leaf = grant(buyer, euros("rolling", 10_000, window="P1D"))
    held = shop.spend(buyer, leaf, 1_000, hold_for=timedelta(days=20)).authorization
    grow(shop, buyer, leaf, held, whole=3_000, more=2_000, at=at + TWO_DAYS)
    Authorization.objects.filter(pk=held).update(amount=3_001, max_amount=3_001, open=3_001)
    assert {finding.subject for finding in reconcile()} == {held}
