"""After the decision: captures, voids, refunds, expiry, force-posts; and the ledger adds up after each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents.lifecycle import SuspensionReason, suspend
from identity.agents.models import SuspendedBy
from identity.delegation.capacity import BY_REGISTRY
from identity.delegation.models import Delegation
from identity.delegation.revoke import RevocationReason, revoke_delegation, suspend_delegation
from identity.delegation.revoke import SuspensionReason as LinkSuspension
from identity.journal.actor import system
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from identity.spending.expiry import release_expired, void_ended, void_open_holds
from identity.spending.models import Authorization, Budget, Incident, Settlement
from identity.spending.settle import capture, force_post, refund, void

from .conftest import TOTAL_500, euros

pytestmark = pytest.mark.django_db
BY = system("tests")


@pytest.fixture
def leaf(buyer, grant) -> Delegation:
    monthly = euros("per_period", 20_000, period="month", alignment="calendar", timezone="Europe/Berlin")
    return grant(buyer, TOTAL_500, monthly, {"type": "velocity", "max": 10, "window": "PT1H"})


@pytest.fixture
def held(shop, buyer, leaf) -> str:
    return shop.spend(buyer, leaf).authorization


@pytest.fixture(autouse=True)
def it_adds_up(db):
    yield
    assert reconcile_without_snapshot() == ()


def reconcile_without_snapshot():
    """The same statements inside the test's own transaction."""
    from django.db import connection

    from identity.spending import reconcile as module

    found = []
    with connection.cursor() as cursor:
        for statement in (
            module._BUDGETS,
            module._AUTHORIZATIONS,
            module._ELEVATIONS,
            module._DECISIONS,
            module._INCIDENTS,
        ):
            cursor.execute(statement, [10])
            found += cursor.fetchall()
    return tuple(found)


def take(shop, name, amount, **more):
    values = {"currency": "EUR", "at": shop.at, "actor": BY, "vendor": shop.vendor.pk, **more}
    return capture(authorization_id=name, amount=amount, **values)


def total(leaf):
    budget = Budget.objects.get(pk=f"{leaf.pk}:L1:life")
    return budget.held, budget.captured


def test_it_captures_in_parts_and_releases_the_rest_at_the_final_one(shop, held, leaf):
    take(shop, held, 1000)
    assert Authorization.objects.get(pk=held).state == "partially_captured"
    assert total(leaf) == (3000, 1000)
    final = take(shop, held, 2500, is_final=True)
    assert final.released == 500
    assert total(leaf) == (0, 3500)
    with pytest.raises(Conflict, match="captured in full") as refused:
        take(shop, held, 1)
    assert refused.value.code == "hold_already_captured"


@pytest.mark.parametrize(
    ("amount", "more", "code"),
    [
        (4001, {}, "capture_exceeds_hold"),
        (100, {"currency": "USD"}, "capture_currency_mismatch"),
        (0, {}, "amount_invalid"),
        (-5, {}, "amount_invalid"),
        (1.5, {}, "amount_invalid"),
        (True, {}, "amount_invalid"),
        (10**16, {}, "amount_overflow"),
    ],
)
def test_it_refuses_a_capture_that_does_not_fit(shop, held, leaf, amount, more, code):
    with pytest.raises((Conflict, InvalidInput)) as refused:
        take(shop, held, amount, **more)
    assert refused.value.code == code
    assert total(leaf) == (4000, 0)


def test_it_books_a_reference_once(shop, held, leaf):
    first, second = (take(shop, held, 1000, reference="invoice-7") for _ in range(2))
    assert first == second
    assert total(leaf) == (3000, 1000)
    with pytest.raises(Conflict) as refused:
        take(shop, held, 1100, reference="invoice-7")
    assert refused.value.code == "reference_reused"


def test_it_hides_a_hold_from_other_vendors(shop, held):
    with pytest.raises(NotFound):
        take(shop, held, 100, vendor="agt_00000000000000000000000000")


def test_it_releases_a_void_once(shop, held, leaf):
    void(authorization_id=held, actor=BY, at=shop.at)
    void(authorization_id=held, actor=BY, at=shop.at)
    assert total(leaf) == (0, 0)
    assert Settlement.objects.filter(authorization=held).count() == 1
    with pytest.raises(Conflict) as refused:
        take(shop, held, 100)
    assert refused.value.code == "hold_already_voided"


def test_it_ends_a_hold_at_its_time_whoever_notices(shop, held, leaf):
    late = shop.at + timedelta(days=7)
    with pytest.raises(Conflict) as refused:
        take(shop, held, 100, at=late)
    assert refused.value.code == "hold_expired"
    assert total(leaf) == (0, 0)
    assert release_expired(at=late) == 0


def test_it_makes_room_for_a_spend_by_releasing_what_ran_out(shop, buyer, grant):
    leaf = grant(buyer, euros("total", 4000))
    shop.spend(buyer, leaf, hold_for=timedelta(hours=1))
    assert shop.spend(buyer, leaf).verdict == "declined"
    later = shop.at + timedelta(hours=2)
    assert shop.spend(buyer, leaf, at=later).verdict == "approved"
    assert total(leaf) == (4000, 0)


def test_it_restores_a_total_by_a_refund_and_never_a_window(shop, held, leaf):
    take(shop, held, 4000)
    refund(authorization_id=held, vendor=shop.vendor.pk, amount=1500, actor=BY, at=shop.at)
    assert total(leaf) == (0, 2500)
    month = Budget.objects.get(pk__startswith=f"{leaf.pk}:L2:")
    assert month.captured == 4000
    with pytest.raises(Conflict) as refused:
        refund(authorization_id=held, vendor=shop.vendor.pk, amount=2501, actor=BY, at=shop.at)
    assert refused.value.code == "refund_exceeds_capture"


def test_it_books_a_charge_beyond_the_hold_beside_the_caps_and_freezes_the_link(shop, buyer, held, leaf):
    force_post(
        authorization_id=held, vendor=shop.vendor.pk, amount=900, evidence="terminal offline", actor=BY, at=shop.at
    )
    budget = Budget.objects.get(pk=f"{leaf.pk}:L1:life")
    assert (budget.held, budget.over) == (4000, 900)
    assert Incident.objects.get().closed_at is None
    leaf.refresh_from_db()
    assert (leaf.status, leaf.status_set_by) == ("suspended", "registry")
    assert [reason["code"] for reason in shop.spend(buyer, leaf).record["reasons"]] == ["chain_link_suspended"]


def test_it_keeps_a_hold_of_a_suspended_link_but_does_not_let_it_be_captured(shop, held, leaf):
    suspend_delegation(
        delegation=leaf, reason=LinkSuspension.INVESTIGATION, capacities=(BY_REGISTRY,), actor=BY, at=shop.at
    )
    with pytest.raises(Conflict) as refused:
        take(shop, held, 100)
    assert refused.value.code == "hold_suspended"
    assert total(leaf) == (4000, 0)


@pytest.mark.parametrize("is_swept", [False, True])
def test_it_voids_holds_of_a_revoked_link_with_and_without_the_sweep(shop, held, leaf, is_swept):
    revoke_delegation(delegation=leaf, reason=RevocationReason.MISUSE, capacities=(BY_REGISTRY,), actor=BY, at=shop.at)
    if is_swept:
        assert void_ended(at=shop.at) == 1
    with pytest.raises(Conflict) as refused:
        take(shop, held, 100)
    assert refused.value.code == "hold_already_voided"
    assert total(leaf) == (0, 0)


def test_it_voids_holds_below_a_link_at_once(shop, held, leaf):
    assert void_open_holds(delegation=leaf.pk, actor=BY, at=shop.at) == 1
    assert total(leaf) == (0, 0)


def test_it_honors_a_hold_when_the_link_says_so_and_nothing_went_wrong(shop, buyer, grant):
    leaf = grant(buyer, TOTAL_500, on_revocation="honor_open_holds")
    held = shop.spend(buyer, leaf).authorization
    reason = RevocationReason.NO_LONGER_NEEDED
    revoke_delegation(delegation=leaf, reason=reason, capacities=(BY_REGISTRY,), actor=BY, at=shop.at)
    assert void_ended(at=shop.at) == 0
    assert take(shop, held, 4000).amount == 4000


def test_it_ends_holds_of_a_suspended_agent(shop, buyer, held, leaf):
    suspend(agent=buyer.agent, reason=SuspensionReason.ABUSE_REPORTED, by=SuspendedBy.REGISTRY, actor=BY, at=shop.at)
    with pytest.raises(Conflict):
        take(shop, held, 100)
    assert total(leaf) == (0, 0)


def test_it_moves_no_window_by_a_later_capture(shop, buyer, leaf, held):
    before = set(Budget.objects.values_list("pk", flat=True))
    take(shop, held, 4000, at=shop.at + timedelta(days=6))
    assert set(Budget.objects.values_list("pk", flat=True)) == before
