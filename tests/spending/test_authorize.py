"""One decision: approved and held, or declined with its reasons; always with evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.journal.models import Event
from identity.spending.models import Authorization, Budget, Decision, IntentNonce, Posting

from .conftest import TOTAL_500, euros

pytestmark = pytest.mark.django_db


def test_it_holds_the_amount_in_every_budget_of_the_chain(shop, planner, buyer, grant, pass_on):
    root = grant(planner, TOTAL_500, max_further_depth=1)
    leaf = pass_on(root, planner, buyer, euros("total", 20_000), valid_until=shop.at + timedelta(days=20))
    decided = shop.spend(buyer, leaf)
    assert decided.verdict == "approved", decided.record["reasons"]
    authorization = Authorization.objects.get(pk=decided.authorization)
    assert (authorization.open, authorization.state, authorization.path) == (4000, "open", [root.pk, leaf.pk])
    assert {budget.pk: budget.held for budget in Budget.objects.all()} == {
        f"{root.pk}:L1:life": 4000,
        f"{leaf.pk}:L1:life": 4000,
        f"{buyer.agent.pk}:X1:{shop.at.date()}": 4000,
    }
    (posting,) = Posting.objects.filter(authorization=authorization.pk, kind="hold", uses=1)  # one for both totals
    assert sorted(posting.budgets) == sorted([f"{root.pk}:L1:life", f"{leaf.pk}:L1:life"])
    assert IntentNonce.objects.get().authorization == authorization.pk
    assert Event.objects.filter(kind="authorization.approved", subject=authorization.pk).exists()
    assert Decision.objects.get(pk=decided.id).verdict == "approved"
