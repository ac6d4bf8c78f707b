"""A link is replaced while a step of a hold on it waits: the step reaches the budgets the hold counts in by then."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from identity.delegation.delegate import strong_sign_in_evidence
from identity.journal.actor import system
from identity.spending import links
from identity.spending.models import Budget
from identity.spending.reconcile import reconcile
from identity.spending.settle import capture, refund, void
from tests.spending.conftest import TOTAL_500, buyer, grant, make_holder, make_terms, nordlicht, shop

__all__ = ["buyer", "grant", "make_holder", "nordlicht", "shop"]
pytestmark = pytest.mark.django_db(transaction=True)
BY = system("tests")


@pytest.mark.parametrize(
    ("step", "left"), [("capture", (3_000, 4_000)), ("refund", (5_000, 1_500)), ("void", (0, 2_000))]
)
def test_a_step_that_waited_for_the_replacement_counts_in_its_budgets(shop, buyer, acme, grant, at, step, left):
    old = grant(buyer, TOTAL_500)
    held = shop.spend(buyer, old, 7_000).authorization
    common = {"authorization_id": held, "actor": BY, "at": at}
    vendor = {"vendor": shop.vendor.pk}
    capture(**common, **vendor, amount=2_000, currency="EUR")
    steps = {
        "capture": lambda: capture(**common, **vendor, amount=2_000, currency="EUR"),
        "refund": lambda: refund(**common, **vendor, amount=500),
        "void": lambda: void(**common),
    }
    is_done, raised = threading.Event(), []

    def work():
        try:
            steps[step]()
        except Exception as error:
            raised.append(error)
        finally:
            is_done.set()
            connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        new = links.delegate_root(  # what was used is carried over
            principal=acme,
            agent=buyer.agent,
            terms=make_terms(at, TOTAL_500),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            replaces=old,
            actor=BY,
            at=at,
        )
        thread.start()
        assert not is_done.wait(0.5)
    thread.join(10)
    assert is_done.is_set()
    assert raised == []
    total = Budget.objects.get(pk=f"{new.pk}:L1:life")
    assert (total.held, total.captured) == left
    assert reconcile() == ()
