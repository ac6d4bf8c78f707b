"""Reports, measures, appeals, reputations and their figures, in a real browser: axe-clean and usable without script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind, system
from registry.directory.models import Name
from reputation.moderation.appeals import decide_appeal, open_appeal
from reputation.moderation.models import AppealOutcome, Report, Sanction
from reputation.moderation.sanctions import Proposal, impose_in_emergency, propose_sanction
from reputation.scoring.evidence import add_case_evidence
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import ReceiptEvidence
from reputation.scoring.refresh import refresh_score
from tests.browser.test_accessibility import NARROWEST, look_at
from tests.browser.test_delegation_pages import photograph
from tests.spending.conftest import nordlicht

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["nordlicht"]
pytestmark = pytest.mark.timeout(300)


@dataclass
class Trouble:
    """What Acme's agent went through: a label that ended, a throttle that was overturned, a suspension in force."""

    overturned: Sanction
    standing: Sanction
    item: str


@pytest.fixture
def trouble(
    acme: Organization,
    concierge: Agent,
    concierge_name: Name,
    nordlicht: Agent,
    olga: User,
    make_person: Callable[..., User],
    at: datetime,
) -> Trouble:
    by_olga = Actor(ActorKind.OPERATOR, olga.pk)
    by_otto = Actor(ActorKind.OPERATOR, make_person("Otto", is_staff=True).pk)
    for number in range(30):
        days = timedelta(days=10 + number)
        ReceiptEvidence.objects.create(
            authorization=f"aut_{number}",
            agent=concierge.pk,
            vendor=nordlicht.pk,
            principal=acme.pk,
            settled_on=(at - days).date(),
        )
    month_ago = at - timedelta(days=30)
    proposal = Proposal(level=2, reason="dispute_ratio", facts="Four of twenty purchases were disputed within a week.")
    first = propose_sanction(case=None, subject=concierge, proposal=proposal, actor=by_olga, at=month_ago)
    appeal = open_appeal(sanction=first, appellant=acme, words="Two were refunded.", actor=system("t"), at=month_ago)
    decided = {"outcome": AppealOutcome.OVERTURNED, "words": "So they were."}
    decide_appeal(appeal=appeal, **decided, actor=by_otto, at=month_ago + timedelta(days=2))
    evidence = add_case_evidence(
        agent=concierge,
        case="cas_1",
        report="rpt_1",
        vendor=None,
        severity=SeverityKind.DISPUTE,
        quality=0.6,
        actor=system("tests"),
        at=at,
    )
    refresh_score(agent=concierge, at=at)
    facts = "Three unrelated vendors delivered and were told afterwards that nobody had ordered."
    grave = Proposal(level=3, reason="confirmed_fraud", facts=facts, evidence=("rpt_01m7z6hpq2c87mbsv5ryeef12q",))
    standing = impose_in_emergency(case=None, subject=concierge, proposal=grave, actor=by_olga, at=at)
    return Trouble(first, standing, evidence.pk)


@pytest.fixture
def addresses(trouble: Trouble) -> list[str]:
    return [
        "/a/concierge.acme",
        "/a/concierge.acme/report",
        "/transparency",
        f"/sanctions/{trouble.standing.pk}",
        f"/sanctions/{trouble.overturned.pk}",
    ]


@pytest.fixture
def own_addresses(trouble: Trouble, acme: Organization, concierge: Agent) -> list[str]:
    place = f"/console/{acme.pk}/standing/"
    return [
        place,
        f"{place}{trouble.standing.pk}/",
        f"{place}{trouble.overturned.pk}/",
        f"{place}agents/{concierge.pk}/",
        f"{place}agents/{concierge.pk}/contest/{trouble.item}/",
        "/a/concierge.acme/report",
    ]


def test_they_pass_axe_for_everybody(open_page: Callable[..., Page], addresses: list[str]) -> None:
    page = open_page()
    photograph(page, addresses, "public-")
    assert look_at(page, addresses) == {}


def test_they_pass_axe_for_the_organization(
    open_page: Callable[..., Page], alice: User, own_addresses: list[str]
) -> None:
    page = open_page(user=alice)
    photograph(page, own_addresses, "own-")
    assert look_at(page, own_addresses) == {}


def test_they_pass_axe_when_nothing_ever_happened(
    open_page: Callable[..., Page], alice: User, acme: Organization, charlie: User
) -> None:
    empty = ["/transparency", f"/console/{acme.pk}/standing/"]
    page = open_page(user=alice)
    photograph(page, empty, "none-")
    assert look_at(page, empty) == {}


def test_they_never_scroll_sideways(
    open_page: Callable[..., Page], alice: User, addresses: list[str], own_addresses: list[str]
) -> None:
    page = open_page(width=NARROWEST, user=alice)
    for address in [*addresses, *own_addresses]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, address


@pytest.mark.parametrize("script", [True, False])
def test_a_visitor_reports_spam(
    open_page: Callable[..., Page], concierge_name: Name, script: bool, settings: Any
) -> None:
    page = open_page(width=375, script=script)
    page.goto("/a/concierge.acme")
    page.get_by_role("link", name="Report this agent").click()
    page.get_by_label("What happened").select_option("spam")
    page.get_by_label("What you saw").fill("Forty messages since Monday.")
    page.get_by_role("button", name="Send the report").click()
    page.get_by_role("heading", name="Your report").wait_for()
    report = Report.objects.get()
    assert page.url.endswith(f"/reports/{report.pk}")
    photograph(page, [f"/reports/{report.pk}"], f"report-{script}-")
    assert look_at(page, [f"/reports/{report.pk}"]) == {} if script else True


def test_the_organization_appeals(open_page: Callable[..., Page], alice: User, trouble: Trouble) -> None:
    page = open_page(user=alice, width=375)
    page.goto(f"/sanctions/{trouble.standing.pk}")
    page.get_by_role("link", name="Appeal", exact=True).click()
    page.get_by_label("Why it is wrong").fill("The orders were placed with stolen accounts.")
    page.get_by_role("button", name="Send the appeal").click()
    page.get_by_text("Appeal open").wait_for()
    photograph(page, [page.url], "appealed-")
