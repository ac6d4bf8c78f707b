"""Shares of disputed purchases: what they ask for, and that they only ask."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.models import Event
from identity.primitives.ids import new_authorization_id
from identity.spending.models import Authorization
from reputation.moderation.findings import decide_report
from reputation.moderation.limits import SHARE_WINDOW
from reputation.moderation.models import Case, Detection, Finding, Report
from reputation.moderation.opening import open_case
from reputation.moderation.signals import Share, asks_for_throttle, level_for_portfolio, share_of
from reputation.scoring.evidence import withdraw_case_evidence
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import ReceiptEvidence
from tests.moderation.conftest import CLERK, PRICE, by
from tests.spending.conftest import TOTAL_500, Shop


@pytest.mark.parametrize(
    ("disputed", "settled", "asks"),
    [(3, 200, True), (3, 201, False), (2, 20, False), (3, 19, False), (3, 20, True), (0, 500, False)],
)
def test_it_asks_for_a_throttle_from_one_and_a_half_percent(disputed, settled, asks):
    assert asks_for_throttle(Share(disputed, settled)) is asks


@pytest.mark.parametrize(
    ("disputed", "settled", "level"),
    [
        (3, 1_001, None),
        (3, 1_000, 0),
        (3, 601, 0),
        (3, 600, 2),
        (5, 999, 2),
        (5, 1_000, 5),
        (2, 20, None),
        (3, 19, None),
    ],
)
def test_it_asks_for_measures_against_a_portfolio(disputed, settled, level):
    assert level_for_portfolio(Share(disputed, settled)) == level


@pytest.fixture
def settle(at):
    def make(agent: Agent, vendor: Agent, count: int, *, days: int = 0) -> None:
        day = (at - timedelta(days=days)).date()
        ReceiptEvidence.objects.bulk_create(
            ReceiptEvidence(
                authorization=new_authorization_id(), agent=agent.pk, vendor=vendor.pk, principal="", settled_on=day
            )
            for _ in range(count)
        )

    return make


@pytest.fixture
def uphold(report, make_purchase, olga, at):
    def decide(vendor, severity=SeverityKind.DISPUTE) -> Report:
        filed = report(make_purchase(vendor))
        open_case(agent=filed.about, detection=Detection.OPERATOR, actor=by(olga), at=at)
        return decide_report(
            report=Report.objects.get(pk=filed.pk), finding=Finding.UPHELD, severity=severity, actor=by(olga), at=at
        )

    return decide


@pytest.mark.django_db
def test_it_proposes_on_the_third_upheld_dispute_and_does_nothing_itself(vendors, settle, uphold, buyer, at):
    settle(buyer.agent, vendors[0], 25)
    uphold(vendors[0])
    uphold(vendors[1], SeverityKind.FRAUD)
    assert Case.objects.get().level_proposed == 0
    uphold(vendors[2])
    assert Case.objects.get().level_proposed == 2
    event = Event.objects.get(kind="case.level_proposed", payload__level=2)
    assert (event.actor, event.payload["reason"]) == ("system:triage", "dispute_share")
    assert Agent.objects.get(pk=buyer.agent.pk).status == "active"


@pytest.mark.django_db
def test_it_counts_disputes_of_90_days_that_stand(vendors, settle, uphold, buyer, at):
    settle(buyer.agent, vendors[0], 20)
    settle(buyer.agent, vendors[0], 20, days=90)
    first = uphold(vendors[0])
    uphold(vendors[1], SeverityKind.SERVICE_FAILURE)
    assert share_of([buyer.agent.pk], at=at) == Share(1, 20)
    assert share_of([buyer.agent.pk], at=at + SHARE_WINDOW) == Share(0, 0)
    withdraw_case_evidence(report=first.pk, actor=CLERK, at=at)
    assert share_of([buyer.agent.pk], at=at) == Share(0, 20)


@pytest.mark.django_db
def test_it_opens_a_case_about_an_organization_whose_agents_do_alike(
    vendors, settle, uphold, buyer, planner, acme, grant, report, olga, at
):
    settle(buyer.agent, vendors[0], 40)
    uphold(vendors[0])
    uphold(vendors[1])
    assert not Case.objects.filter(agent=None).exists()
    decided = Shop(vendors[2], at).spend(planner, grant(planner, TOTAL_500), PRICE)
    filed = report(Authorization.objects.get(pk=decided.authorization))
    open_case(agent=planner.agent, detection=Detection.OPERATOR, actor=by(olga), at=at)
    decide_report(
        report=Report.objects.get(pk=filed.pk),
        finding=Finding.UPHELD,
        severity=SeverityKind.DISPUTE,
        actor=by(olga),
        at=at,
    )
    whole = Case.objects.get(agent=None)
    assert (whole.organization, whole.level_proposed, whole.detection) == (acme, 2, "automated_signal")
    assert Organization.objects.get(pk=acme.pk).deplatformed_at is None
