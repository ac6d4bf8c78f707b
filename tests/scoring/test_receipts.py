"""A purchase is evidence when it ended, was kept, and nobody disputed it for fourteen days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from identity.accounts.models import Membership, Organization, OrganizationKind, Role
from identity.agents.models import Agent
from identity.agents.vendors import register_vendor, set_vendor_assurance
from identity.journal.actor import system
from identity.journal.drain import drain, replay
from identity.journal.record import record
from identity.journal.sequence import sequence
from identity.journal.spending_kinds import SpendCaptured
from identity.primitives.ids import new_authorization_id
from identity.spending.models import Authorization
from reputation.scoring.disputes import close_dispute, open_dispute
from reputation.scoring.evidence import add_case_evidence, withdraw_case_evidence
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import AgentScore, PendingReceipt, ReceiptEvidence
from reputation.scoring.receipts import note_ended, settle_receipts

TESTS = system("tests")
FORTNIGHT = timedelta(days=14)


@pytest.fixture
def concierge(acme: Any, make_agent: Callable[..., Agent]) -> Agent:
    return make_agent(acme)


@pytest.fixture
def shop(make_shop: Callable[..., Agent]) -> Agent:
    return make_shop("Nordlicht")


@pytest.fixture
def purchase(concierge: Agent, shop: Agent, at: datetime) -> Callable[..., Authorization]:
    """An authorization that ended at ``at`` with all of it captured, as the ledger leaves it."""

    def make(**changes: Any) -> Authorization:
        values: dict[str, Any] = {
            "id": new_authorization_id(),
            "decision": "dec_1",
            "root": "dlg_1",
            "path": ["dlg_1"],
            "agent": concierge.pk,
            "vendor": shop.pk,
            "principal": "org_principal",
            "currency": "EUR",
            "amount": 4000,
            "max_amount": 4000,
            "action": "/commerce/pay/once",
            "order_hash": "sha-256:x",
            "open": 0,
            "captured": 4000,
            "state": "closed",
            "close_reason": "captured",
            "budgets": [],
            "receipt_digest": "0" * 64,
            "created_at": at,
            "expires_at": at + timedelta(days=7),
            "closed_at": at,
            **changes,
        }
        made = Authorization.objects.create(**values)
        note_ended([made.pk])
        return made

    return make


def evidence() -> list[str]:
    return list(ReceiptEvidence.objects.values_list("authorization", flat=True))


def test_it_becomes_evidence_after_fourteen_days_and_not_before(purchase, concierge, at) -> None:
    made = purchase()
    assert settle_receipts(at=at + FORTNIGHT - timedelta(seconds=1)) == 0
    assert settle_receipts(at=at + FORTNIGHT) == 1
    row = ReceiptEvidence.objects.get()
    assert (row.authorization, row.agent, row.settled_on) == (made.pk, concierge.pk, (at + FORTNIGHT).date())
    assert AgentScore.objects.get(pk=concierge.pk).g == 1.0


def test_it_is_as_old_as_the_purchase_however_late_it_is_noticed(purchase, concierge, at) -> None:
    purchase()
    settle_receipts(at=at + FORTNIGHT + timedelta(days=90))
    assert AgentScore.objects.get(pk=concierge.pk).g == pytest.approx(0.5)


def test_it_counts_a_purchase_once_however_often_it_is_noted(purchase, at) -> None:
    made = purchase()
    settle_receipts(at=at + FORTNIGHT)
    note_ended([made.pk, made.pk])
    settle_receipts(at=at + FORTNIGHT)
    assert evidence() == [made.pk]
    assert not PendingReceipt.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"captured": 0, "close_reason": "voided"},
        {"state": "open", "open": 4000, "captured": 0, "close_reason": "", "closed_at": None},
        {"state": "partially_captured", "open": 2000, "captured": 2000, "close_reason": "", "closed_at": None},
        {"refunded": 4000},
        {"over": 100},
    ],
    ids=["voided", "open", "still open", "given back", "charged beyond its limit"],
)
def test_it_takes_nothing_from_what_was_no_purchase(purchase, at, changes) -> None:
    purchase(**changes)
    settle_receipts(at=at + FORTNIGHT)
    assert evidence() == []


def test_it_takes_nothing_from_play_money(purchase, at) -> None:
    Organization.objects.update(kind=OrganizationKind.SANDBOX)  # nowhere else may there be any
    purchase(currency="XTS")
    settle_receipts(at=at + FORTNIGHT)
    assert evidence() == []


def test_it_takes_what_was_captured_in_part_before_it_ran_out(purchase, at) -> None:
    made = purchase(captured=1000, refunded=500, close_reason="expired")
    settle_receipts(at=at + FORTNIGHT)
    assert evidence() == [made.pk]


def test_it_waits_while_a_report_about_it_is_open(purchase, at) -> None:
    made = purchase()
    open_dispute(authorization=made.pk, report="rpt_1", at=at)
    open_dispute(authorization=made.pk, report="rpt_2", at=at)
    close_dispute(report="rpt_1")
    settle_receipts(at=at + FORTNIGHT)
    assert evidence() == []
    close_dispute(report="rpt_2")
    settle_receipts(at=at + FORTNIGHT)
    assert evidence() == [made.pk]


def test_it_stays_out_while_a_dispute_about_it_is_upheld(purchase, concierge, at) -> None:
    made = purchase()
    add_case_evidence(
        agent=concierge,
        case="cas_1",
        report="rpt_1",
        vendor=None,
        authorization=made.pk,
        severity=SeverityKind.DISPUTE,
        quality=1.0,
        actor=TESTS,
        at=at,
    )
    settle_receipts(at=at + FORTNIGHT)
    assert evidence() == []
    withdraw_case_evidence(case="cas_1", actor=TESTS, at=at + FORTNIGHT)
    settle_receipts(at=at + FORTNIGHT)
    assert evidence() == [made.pk]


def test_it_gives_no_weight_to_a_shop_of_the_organization_that_runs_the_agent(
    purchase, concierge, make_agent, acme, at
) -> None:
    own = make_agent(acme, "Acme Shop")
    vendor = register_vendor(agent=own, mcc="5734", country="DE", actor=TESTS, at=at)
    set_vendor_assurance(vendor=vendor, level=3, actor=TESTS, at=at)
    purchase(vendor=own.pk)
    settle_receipts(at=at + FORTNIGHT)
    assert ReceiptEvidence.objects.get().is_own
    assert AgentScore.objects.get(pk=concierge.pk).g == 0


def test_it_gives_no_weight_to_a_shop_of_the_principal(purchase, concierge, shop, at) -> None:
    purchase(principal=shop.organization_id)
    settle_receipts(at=at + FORTNIGHT)
    assert AgentScore.objects.get(pk=concierge.pk).g == 0


def test_it_gives_no_weight_to_a_shop_of_the_same_owner(purchase, concierge, shop, alice, at) -> None:
    Membership.objects.create(organization=shop.organization, user=alice, role=Role.OWNER)
    purchase()
    settle_receipts(at=at + FORTNIGHT)
    assert AgentScore.objects.get(pk=concierge.pk).g == 0


def test_it_takes_as_many_at_once_as_it_is_told(purchase, at) -> None:
    for _ in range(3):
        purchase()
    assert [settle_receipts(at=at + FORTNIGHT, count_max=2) for _ in range(3)] == [2, 1, 0]


def test_it_hears_of_purchases_through_the_journal(purchase, at) -> None:
    made = purchase()
    PendingReceipt.objects.all().delete()
    with transaction.atomic():
        record(SpendCaptured(4000, True), subject=made.pk, actor=TESTS, at=at)
    sequence()
    drain("scoring_receipts", at=at)
    assert PendingReceipt.objects.get().authorization == made.pk
    replay("scoring_receipts", at=at)
    drain("scoring_receipts", at=at)
    assert PendingReceipt.objects.count() == 1
