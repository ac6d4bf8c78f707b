"""The worked example of the concept page: a principal, a planning agent, a buying sub-agent, 40 EUR."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.delegation.freeze import freeze_principal
from identity.journal.actor import Actor, ActorKind
from identity.spending.answers import approve
from identity.spending.models import Approval, Budget
from identity.spending.settle import capture, refund

from .conftest import TOTAL_500, euros

pytestmark = pytest.mark.django_db
MONTH = {"period": "month", "alignment": "calendar", "timezone": "Europe/Berlin"}


def test_forty_euros(shop, planner, buyer, make_holder, grant, pass_on, alice, acme):
    root = grant(
        planner,
        TOTAL_500,
        euros("per_period", 30_000, **MONTH),
        euros("per_transaction", 10_000),
        {"type": "countries", "allow": ["DE", "FR", "NL"]},
        max_further_depth=1,
    )
    leaf = pass_on(
        root,
        planner,
        buyer,
        TOTAL_500,
        euros("per_period", 20_000, **MONTH),
        euros("per_transaction", 6_000),
        {"type": "categories", "allow": ["5734", "5045-5046"]},
        {"type": "step_up", "when": {"amountOver": 2500, "currency": "EUR"}},
        valid_until=shop.at + timedelta(days=20),
    )
    other = make_holder("Other")
    sibling = pass_on(root, planner, other, euros("total", 9_000), valid_until=shop.at + timedelta(days=20))
    for amount in (2500, 2500, 2500, 2500, 2500, 2500, 2000):
        assert shop.spend(buyer, leaf, amount).verdict == "approved"
    assert shop.spend(other, sibling, 9_000).verdict == "approved"
    assert used(root, "L2") == 26_000

    asked = shop.spend(buyer, leaf)
    assert asked.verdict == "step_up_required"
    found = [(reason["link"], reason["limit"], reason["code"]) for reason in asked.record["reasons"]]
    assert found == [(1, "L2", "period_limit_exceeded"), (1, "L5", "approval_required")]

    by_anna = Actor(ActorKind.USER, alice.pk)
    approval = Approval.objects.get(pk=asked.approval)
    approve(approval=approval, approver=alice, evidence={"type": "WebAuthnApproval"}, actor=by_anna, at=shop.at)
    bought = shop.spend(buyer, leaf, approval=asked.approval)
    assert bought.verdict == "approved"
    assert used(root, "L2") == 30_000
    assert budget(leaf, "L2").held_elevated == 4_000
    assert budget(leaf, "L1").held == 21_000

    by_shop = {"vendor": shop.vendor.pk, "actor": Actor(ActorKind.AGENT, shop.vendor.pk), "at": shop.at}
    capture(authorization_id=bought.authorization, amount=3_500, currency="EUR", is_final=True, **by_shop)
    assert used(root, "L2") == 29_500

    freeze_principal(principal=acme, actor=by_anna, at=shop.at)
    paused = shop.spend(buyer, leaf, 100)
    assert [reason["code"] for reason in paused.record["reasons"]] == ["frozen_by_principal"]
    refund(authorization_id=bought.authorization, amount=3_500, **by_shop)


def budget(link, key):
    return Budget.objects.get(pk__startswith=f"{link.pk}:{key}:")


def used(link, key):
    return budget(link, key).used
