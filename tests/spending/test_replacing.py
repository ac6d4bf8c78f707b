"""A link replaced in the middle of a purchase: what happens to it afterwards still adds up."""

from __future__ import annotations

import pytest

from identity.delegation.delegate import strong_sign_in_evidence
from identity.journal.actor import system
from identity.spending import links
from identity.spending.models import Budget
from identity.spending.reconcile import reconcile
from identity.spending.settle import capture, refund, void
from tests.spending.conftest import TOTAL_500, euros, make_terms

pytestmark = pytest.mark.django_db(transaction=True)
BY = system("tests")


def test_it_carries_a_hold_that_was_captured_and_refunded_in_part(shop, buyer, acme, at):
    def root(replaces=None):
        return links.delegate_root(
            principal=acme,
            agent=buyer.agent,
            terms=make_terms(at, TOTAL_500, euros("rolling", 20_000, window="P1D")),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            replaces=replaces,
            actor=BY,
            at=at,
        )

    old = root()
    held = shop.spend(buyer, old, 10_000).authorization
    step = {"authorization_id": held, "vendor": shop.vendor.pk, "actor": BY, "at": at}
    capture(**step, amount=6_000, currency="EUR")
    refund(**step, amount=3_000)
    new = root(replaces=old)
    refund(**step, amount=3_000)
    capture(**step, amount=1_000, currency="EUR")
    void(authorization_id=held, actor=BY, at=at)
    total, rolling = (Budget.objects.get(pk__startswith=f"{new.pk}:{limit}:") for limit in ("L1", "L2"))
    assert (total.held, total.captured) == (0, 1_000)
    assert (rolling.held, rolling.captured) == (0, 7_000)
    assert reconcile() == ()
