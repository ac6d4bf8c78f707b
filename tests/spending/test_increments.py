"""Growing a hold is a spend like another: no limit may be walked round by asking in small steps."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from identity.journal.actor import Actor, ActorKind
from identity.primitives.errors import Conflict
from identity.primitives.money import Money
from identity.spending.increment import increment
from tests.spending.conftest import Shop, euros

pytestmark = pytest.mark.django_db

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
