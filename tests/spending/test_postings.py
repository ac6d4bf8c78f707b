"""A hold's postings: one for all budgets that take the same, and one of its own for each that is looked up again."""

from __future__ import annotations

import importlib

import pytest
from django.db import IntegrityError, connection, transaction

from identity.spending.models import Posting
from identity.spending.reconcile import reconcile

from .conftest import euros

pytestmark = pytest.mark.django_db(transaction=True)

HOURLY = {"type": "velocity", "max": 5, "window": "PT1H"}


@pytest.fixture
def held(shop, buyer, grant):
    leaf = grant(buyer, euros("total", 50_000), euros("rolling", 20_000, window="P1D"), HOURLY)
    return leaf, shop.spend(buyer, leaf).authorization


def test_only_what_is_looked_up_has_a_row_of_its_own(shop, held):
    leaf, authorization = held
    rows = Posting.objects.filter(authorization=authorization)
    assert {row.budget for row in rows if row.budget} == {f"{leaf.pk}:L2:rolling", f"{leaf.pk}:L3:rolling"}
    together = [row for row in rows if row.budget is None]
    assert [f"{leaf.pk}:L1:life"] in [row.budgets for row in together]
    assert {row.counted_at for row in rows} == {shop.at}
    assert reconcile() == ()


def test_the_ledgers_check_finds_what_a_row_of_many_has_too_much(shop, held):
    leaf, authorization = held
    budgets = [f"{leaf.pk}:L1:life", f"{leaf.pk}:L2:rolling"]
    Posting.objects.create(authorization=authorization, budgets=budgets, kind="hold", held=1, counted_at=shop.at)
    assert {finding.subject for finding in reconcile()} == {*budgets, authorization}


@pytest.mark.parametrize("names", [{}, {"budget": "a", "budgets": ["a"]}])
def test_a_posting_is_of_one_budget_or_of_many(names, at):
    with pytest.raises(IntegrityError, match="posting_of_one_or_many"), transaction.atomic():
        Posting.objects.create(authorization="aut_1", kind="hold", counted_at=at, **names)


def test_going_back_makes_one_row_of_each_budget(held):
    leaf, authorization = held
    migration = importlib.import_module("identity.spending.migrations.0014_a_posting_of_many_budgets")
    with connection.cursor() as cursor:
        cursor.execute(migration.APART)
    budgets = Posting.objects.filter(authorization=authorization).values_list("budget", flat=True)
    assert None not in budgets
    assert f"{leaf.pk}:L1:life" in budgets
    assert reconcile() == ()
