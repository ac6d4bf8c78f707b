"""Real threads on a real PostgreSQL: an agent's day is never overdrawn, and a throttle holds from its commit on."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from identity.accounts.models import Organization
from identity.agents import fence
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.spending.authorize import authorize_spend
from identity.spending.models import Authorization, Budget
from identity.spending.reconcile import reconcile
from identity.spending.terms import set_score, set_throttle
from identity.spending.underwriting import ceiling_budget
from tests.races.test_spend_races import together
from tests.spending.conftest import (  # noqa: F401
    TOTAL_500,
    buyer,
    euros,
    grant,
    make_holder,
    nordlicht,
    planner,
    shop,
)

pytestmark = pytest.mark.django_db(transaction=True)
BY = system("tests")


def throttle(agent):
    with transaction.atomic():
        fence.exclusive(agent.pk)
        set_throttle(agent=agent, is_throttled=True, actor=BY, at=now())


def test_racing_spends_under_many_roots_take_exactly_the_day(shop, buyer, acme, grant):  # noqa: F811
    Organization.objects.filter(pk=acme.pk).update(assurance_level=1)  # 50 EUR a day
    leaves = [grant(buyer, TOTAL_500) for _ in range(6)]
    orders = [shop.order(shop.intent(buyer, leaves[n % 6], 700), 700) for n in range(36)]
    decided = together(lambda n: authorize_spend(orders[n], actor=BY, at=shop.at), len(orders))
    assert Counter(one.verdict for one in decided) == {"approved": 7, "declined": 29}
    refused = {one.record["reasons"][0]["code"] for one in decided if one.verdict == "declined"}
    assert refused == {"exposure_ceiling_exceeded"}
    assert Budget.objects.get(pk=ceiling_budget(buyer.agent.pk, shop.at)).held == 4_900
    assert reconcile() == ()


def test_a_ceiling_that_moves_while_it_is_used_is_never_passed(shop, buyer, acme, grant):  # noqa: F811
    """Whatever the order, what is used fits the highest ceiling there was, and no spend fails by the row's check."""
    Organization.objects.filter(pk=acme.pk).update(assurance_level=1)
    leaf = grant(buyer, TOTAL_500)
    orders = [shop.order(shop.intent(buyer, leaf, 500), 500) for _ in range(60)]
    bands = ["below_fair", "fair", "unproven"]

    def work(number):
        if number % 10 == 0:
            return set_score(agent=buyer.agent.pk, score=number, band=bands[number // 10 % 3], at=now())
        return authorize_spend(orders[number], actor=BY, at=shop.at)

    decided = [one for one in together(work, len(orders)) if one is not None]
    day = Budget.objects.get(pk=ceiling_budget(buyer.agent.pk, shop.at))
    assert day.held == 500 * Authorization.objects.count() <= 25_000
    assert {one.verdict for one in decided} <= {"approved", "declined"}
    assert reconcile() == ()


def test_nothing_is_approved_after_a_throttle(shop, buyer, grant):  # noqa: F811
    """Whoever asks after the throttle is known to have committed is refused; the others may go either way."""
    leaf = grant(buyer, euros("total", 400_000))
    orders = [shop.order(shop.intent(buyer, leaf, 100), 100) for _ in range(80)]
    is_throttled = threading.Event()
    late = []

    def work(number):
        if number == 30:
            throttle(buyer.agent)
            return is_throttled.set()
        asked_after = is_throttled.is_set()
        decided = authorize_spend(orders[number], actor=BY, at=shop.at)
        if asked_after and decided.verdict == "approved":
            late.append(decided.id)
        return None

    together(work, len(orders))
    assert late == []
    assert authorize_spend(shop.order(shop.intent(buyer, leaf)), actor=BY, at=shop.at).verdict == "declined"
    assert reconcile() == ()


def test_a_throttle_waits_for_what_was_decided_before_it(shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, TOTAL_500)
    has_committed = threading.Event()

    def work():
        try:
            throttle(buyer.agent)
            has_committed.set()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        assert shop.spend(buyer, leaf).verdict == "approved"
        thread.start()
        assert not has_committed.wait(0.5)
    thread.join()
    assert has_committed.is_set()
    assert shop.spend(buyer, leaf).verdict == "declined"
