"""Any sequence of spends and steps leaves the ledger equal to a model of twenty lines. Real database, pure oracle."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.journal.actor import system
from identity.primitives.errors import AttornError
from identity.spending.models import Authorization, Budget
from identity.spending.settle import capture, refund, void
from tests.spending.conftest import (  # noqa: F401
    buyer,
    euros,
    grant,
    make_holder,
    nordlicht,
    pass_on,
    planner,
    shop,
)
from tests.spending.test_settle import reconcile_without_snapshot

pytestmark = pytest.mark.django_db
BY = system("tests")
ROOT_CAP, LEAF_CAP, COUNT = 9_000, 6_000, 6

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), st.integers(0, 1), st.integers(1, 4_000)),
        st.tuples(st.just("capture"), st.integers(0, 9), st.integers(1, 3_000), st.booleans()),
        st.tuples(st.just("void"), st.integers(0, 9)),
        st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 3_000)),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class Hold:
    name: str
    leaf: int
    open: int
    captured: int = 0
    refunded: int = 0

    @property
    def used(self) -> int:
        return self.open + self.captured - self.refunded


class Model:
    """What the ledger must hold after each step, kept as a person would keep it."""

    def __init__(self) -> None:
        self.holds: list[Hold] = []

    def used(self, leaf: int | None = None) -> int:
        return sum(hold.used for hold in self.holds if leaf is None or hold.leaf == leaf)

    def allows(self, leaf: int, amount: int) -> bool:
        times = sum(hold.leaf == leaf for hold in self.holds)
        return self.used() + amount <= ROOT_CAP and self.used(leaf) + amount <= LEAF_CAP and times < COUNT


@pytest.fixture
def chains(planner, buyer, make_holder, grant, pass_on):  # noqa: F811
    root = grant(planner, euros("total", ROOT_CAP, refundRestores=True), max_further_depth=1)
    limits = euros("total", LEAF_CAP, refundRestores=True), {"type": "count", "max": COUNT}
    second = make_holder("Second")
    return root, [(buyer, pass_on(root, planner, buyer, *limits)), (second, pass_on(root, planner, second, *limits))]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_it_agrees_with_the_model(shop, chains, steps):  # noqa: F811
    root, leaves = chains
    model = Model()
    with transaction.atomic():
        for step in steps:
            _take(shop, leaves, model, step)
            _compare(root, leaves, model)
        assert reconcile_without_snapshot() == ()
        transaction.set_rollback(True)


def _take(shop, leaves, model, step):  # noqa: F811
    kind, number, *rest = step
    if kind == "spend":
        decided = shop.spend(*leaves[number], rest[0])
        assert (decided.verdict == "approved") == model.allows(number, rest[0])
        if decided.authorization:
            model.holds.append(Hold(decided.authorization, number, rest[0]))
        return
    if number >= len(model.holds):
        return
    hold = model.holds[number]
    common = {"authorization_id": hold.name, "actor": BY, "at": shop.at}
    try:
        if kind == "capture":
            amount, is_final = rest
            capture(**common, vendor=shop.vendor.pk, amount=amount, currency="EUR", is_final=is_final)
            hold.captured += amount
            hold.open = 0 if is_final else hold.open - amount
        elif kind == "void":
            void(**common)
            hold.open = 0
        else:
            refund(**common, vendor=shop.vendor.pk, amount=rest[0])
            hold.refunded += rest[0]
    except AttornError:
        is_possible = {
            "capture": hold.open > 0 and rest[:1] and rest[0] <= hold.open,
            "void": hold.open > 0,
            "refund": rest[:1] and rest[0] <= hold.captured - hold.refunded,
        }[kind]
        assert not is_possible


def _compare(root, leaves, model):
    assert _used(root.pk) == model.used()
    for number, (_, leaf) in enumerate(leaves):
        assert _used(leaf.pk) == model.used(number)
    for hold in model.holds:
        row = Authorization.objects.get(pk=hold.name)
        assert (row.open, row.captured, row.refunded) == (hold.open, hold.captured, hold.refunded)


def _used(link):
    budget = Budget.objects.filter(pk=f"{link}:L1:life").first()
    return budget.used if budget else 0
