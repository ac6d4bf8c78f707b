"""What a new link means for the ledger: reserved authority, and usage that replacement carries over."""

from __future__ import annotations

import pytest

from identity.journal.actor import system
from identity.primitives.errors import Conflict, InvalidInput
from identity.spending.issuing import book_new_link, give_back_reserved
from identity.spending.models import Budget
from identity.spending.settle import capture, void
from identity.spending.usage import usage_of

from .conftest import TOTAL_500, euros
from .test_settle import reconcile_without_snapshot

pytestmark = pytest.mark.django_db
BY = system("tests")


@pytest.fixture
def root(planner, grant):
    return grant(planner, TOTAL_500, max_further_depth=2)


def book(delegation, at):
    book_new_link(delegation=delegation, actor=BY, at=at)
    return delegation


def held(delegation):
    return Budget.objects.get(pk=f"{delegation.pk}:L1:life").held


def test_it_sets_a_reserved_total_aside_once(shop, root, planner, buyer, pass_on):
    leaf = book(pass_on(root, planner, buyer, euros("total", 20_000), allocation="reserved"), shop.at)
    assert held(root) == 20_000
    assert shop.spend(buyer, leaf).verdict == "approved"
    assert (held(root), held(leaf)) == (20_000, 4_000)
    assert reconcile_without_snapshot() == ()


def test_it_refuses_to_set_aside_what_is_not_there(shop, root, planner, buyer, make_holder, pass_on):
    book(pass_on(root, planner, buyer, euros("total", 40_000), allocation="reserved"), shop.at)
    second = pass_on(root, planner, make_holder("Second"), euros("total", 20_000), allocation="reserved")
    with pytest.raises(Conflict) as refused:
        book(second, shop.at)
    assert refused.value.code == "allocation_exhausted"


def test_it_needs_a_total_to_set_aside(shop, root, planner, buyer, pass_on):
    with pytest.raises(InvalidInput) as refused:
        book(pass_on(root, planner, buyer, euros("per_transaction", 100), allocation="reserved"), shop.at)
    assert refused.value.code == "allocation_needs_total"


def test_it_gives_back_what_a_reserved_link_had_not_used(shop, root, planner, buyer, pass_on):
    leaf = book(pass_on(root, planner, buyer, euros("total", 20_000), allocation="reserved"), shop.at)
    shop.spend(buyer, leaf)
    for _ in range(2):
        give_back_reserved(delegation=leaf, actor=BY, at=shop.at)
    assert held(root) == 4_000
    assert reconcile_without_snapshot() == ()


def test_it_carries_usage_to_the_replacement(shop, buyer, grant):
    old = grant(buyer, TOTAL_500)
    open_hold = shop.spend(buyer, old).authorization
    done = shop.spend(buyer, old, 1000).authorization
    capture(authorization_id=done, vendor=shop.vendor.pk, amount=1000, currency="EUR", actor=BY, at=shop.at)
    new = book(grant(buyer, euros("total", 6_000, refundRestores=True), replaces=old), shop.at)
    assert Budget.objects.get(pk=f"{new.pk}:L1:life").used == 5_000
    assert shop.spend(buyer, new, 1_001).verdict == "declined"
    void(authorization_id=open_hold, actor=BY, at=shop.at)
    assert Budget.objects.get(pk=f"{new.pk}:L1:life").used == 1_000
    assert shop.spend(buyer, new, 5_000).verdict == "approved"
    assert reconcile_without_snapshot() == ()


def test_it_takes_a_replacement_with_less_than_was_used(shop, buyer, grant):
    old = grant(buyer, TOTAL_500)
    shop.spend(buyer, old, 30_000)
    new = book(grant(buyer, euros("total", 20_000), replaces=old), shop.at)
    assert shop.spend(buyer, new, 1).record["reasons"][0]["code"] == "total_exceeded"


def test_it_tells_what_is_left_of_the_links_own_limits(shop, root, planner, buyer, pass_on):
    leaf = pass_on(root, planner, buyer, euros("total", 20_000), {"type": "velocity", "max": 5, "window": "PT1H"})
    shop.spend(buyer, leaf)
    velocity, total = usage_of(leaf.pk, shop.at)
    assert (total.held, total.remaining, velocity.used, velocity.remaining) == (4_000, 16_000, 1, 4)
