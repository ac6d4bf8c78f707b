"""What is set aside in one currency pays for nothing in another."""

from __future__ import annotations

import pytest
from django.db import transaction

from identity.delegation.models import Delegation
from identity.journal.actor import system
from identity.spending.issuing import book_new_link
from tests.spending.conftest import Shop, euros

pytestmark = pytest.mark.django_db


def dollars(kind: str, amount: int) -> dict:
    return {**euros(kind, amount), "currency": "USD"}


def booked(delegation: Delegation, shop: Shop) -> Delegation:
    with transaction.atomic():
        book_new_link(delegation=delegation, actor=system("tests"), at=shop.at)
    return delegation


def test_it_counts_the_totals_above_in_currencies_that_were_not_set_aside(shop, planner, buyer, grant, pass_on):
    root = grant(planner, euros("total", 50_000), dollars("total", 5_000), max_further_depth=1)
    limits = euros("total", 10_000), dollars("per_transaction", 4_000)
    leaf = booked(pass_on(root, planner, buyer, *limits, allocation="reserved"), shop)
    verdicts = [shop.spend(buyer, leaf, 4_000, currency="USD").verdict for _ in range(2)]
    assert verdicts == ["approved", "declined"]


def test_it_sets_aside_from_each_link_that_still_counts_the_currency(shop, planner, buyer, make_holder, grant, pass_on):
    """The link between reserved euros only, so the dollars of the one below come from the root's dollars too."""
    middle = make_holder("Middle")
    root = grant(planner, euros("total", 50_000), dollars("total", 5_000), max_further_depth=2)
    limits = euros("total", 10_000), dollars("per_transaction", 5_000)
    between = booked(pass_on(root, planner, middle, *limits, allocation="reserved", max_further_depth=1), shop)
    limits = euros("total", 1_000), dollars("total", 4_000)
    leaf = booked(pass_on(between, middle, buyer, *limits, allocation="reserved"), shop)
    assert shop.spend(planner, root, 2_000, currency="USD").verdict == "declined"
    assert shop.spend(buyer, leaf, 4_000, currency="USD").verdict == "approved"
