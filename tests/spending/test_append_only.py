"""What was written stays: the database itself refuses to change or delete it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from identity.spending.models import Budget

from .conftest import TOTAL_500
from .test_approvals import say_yes
from .test_settle import take

pytestmark = pytest.mark.django_db


@pytest.fixture
def leaf(shop, buyer, grant):
    leaf = grant(buyer, TOTAL_500)
    take(shop, shop.spend(buyer, leaf).authorization, 1_000)
    return leaf


@pytest.mark.parametrize("table", ["spending_posting", "spending_decision", "spending_settlement"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET id = id"])
def test_it_refuses_to_change_what_was_written(leaf, table, statement):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize("change", [{"held": 50_001}, {"held": -1}, {"captured": -1}, {"over": -1}])
def test_it_refuses_a_budget_beyond_its_cap_or_below_zero(leaf, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Budget.objects.update(**change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE spending_authorization SET state = 'open', open = 1, close_reason = '', closed_at = NULL",
        "UPDATE spending_authorization SET vendor = agent",
        "UPDATE spending_authorization SET path = '{}'",
    ],
)
def test_it_refuses_to_open_an_authorization_again_or_to_give_it_to_another(shop, buyer, grant, change):
    held = shop.spend(buyer, grant(buyer, TOTAL_500)).authorization
    take(shop, held, 1_000, is_final=True)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE spending_elevation SET consumed_by = NULL",
        "UPDATE spending_elevation SET max_amount = max_amount + 1",
        "UPDATE spending_approval SET state = 'pending', decided_at = NULL",
        "UPDATE spending_approvalvote SET vote = 'deny'",
        "DELETE FROM spending_approvalvote",
    ],
)
def test_it_refuses_to_use_an_approval_again_or_to_change_an_answer(shop, buyer, grant, alice, change):
    leaf = grant(buyer, TOTAL_500, {"type": "step_up", "when": {"always": True}})
    asked = shop.spend(buyer, leaf)
    say_yes(asked, alice, shop.at)
    assert shop.spend(buyer, leaf, approval=asked.approval).verdict == "approved"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
