"""What was written stays: the database itself refuses to change or delete it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from identity.spending.models import Budget

from .conftest import TOTAL_500
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
