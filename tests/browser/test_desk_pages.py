"""The operators' desk in a real browser: axe-clean whatever it has to tell, and worked by keyboard, without script."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.journal.actor import system
from reputation.moderation.appeals import open_appeal
from reputation.moderation.cases import add_note, assign_case
from reputation.moderation.findings import decide_report
from reputation.moderation.models import Appeal, Finding, Sanction, SanctionState
from reputation.moderation.sanctions import impose_in_emergency, propose_sanction
from reputation.scoring.contest import contest_item
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import CaseEvidence
from tests.browser.test_accessibility import AXE, findings, look_at
from tests.desk_people import SignIn
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk, by, proposal

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def signed_in(at_the_desk: SignIn) -> Callable[[User], Client]:
    return at_the_desk


@pytest.fixture
def busy(
    desk: Desk,
    olga: User,
    oskar: User,
    mona: User,
    acme: Organization,
    make_agent: Callable[..., Agent],
    at: datetime,
) -> list[str]:
    """A desk with something on every page; their addresses."""
    make_agent(acme, "Bystander")
    assign_case(case=desk.case, to=olga, actor=by(olga), at=at)
    add_note(case=desk.case, text="Asked the vendors\nfor delivery notes.", actor=by(olga), at=at)
    values = {"finding": Finding.UPHELD, "severity": SeverityKind.DISPUTE, "words": "Seen and signed."}
    decide_report(report=desk.reports[0], actor=by(olga), at=at, **values)
    throttle = propose_sanction(case=desk.case, subject=desk.agent, proposal=proposal(2), actor=by(olga), at=at)
    emergency = impose_in_emergency(case=desk.case, subject=desk.agent, proposal=proposal(3), actor=by(olga), at=at)
    whole = proposal(5, reason="pattern_across_agents")
    propose_sanction(case=desk.case, subject=acme, proposal=whole, actor=by(mona), at=at)
    clerk = system("tests")
    appeal = open_appeal(sanction=emergency, appellant=acme, words="The goods never came.", actor=clerk, at=at)
    item = CaseEvidence.objects.get().pk
    contest = contest_item(agent=desk.agent, item=item, text="It was paid.", organization=acme, actor=clerk, at=at)
    return [
        "/desk/",
        "/desk/?show=closed",
        "/desk/cases/new/",
        f"/desk/cases/{desk.case.pk}/",
        f"/desk/cases/{desk.case.pk}/close/",
        f"/desk/cases/{desk.case.pk}/measure/",
        "/desk/reports/",
        f"/desk/reports/{desk.reports[1].pk}/",
        "/desk/signatures/",
        f"/desk/sanctions/{emergency.pk}/",
        f"/desk/sanctions/{throttle.pk}/",
        f"/desk/sanctions/{throttle.pk}/lift/",
        "/desk/appeals/",
        f"/desk/appeals/{appeal.pk}/",
        "/desk/contests/",
        f"/desk/contests/{contest.pk}/",
        "/desk/subjects/?q=acme",
        f"/desk/agents/{desk.agent.pk}/",
        f"/desk/agents/{desk.reports[0].vendor}/",
        f"/desk/agents/{desk.agent.pk}/cover/",
        f"/desk/organizations/{acme.pk}/",
        "/desk/deliveries/",
        "/desk/audit/",
    ]


@pytest.mark.timeout(600)
def test_it_passes_axe_on_a_busy_day(open_page: Callable[..., Page], oskar: User, busy: list[str]) -> None:
    page = open_page(user=oskar)
    if folder := os.environ.get("SCREENSHOTS"):
        take_pictures(page, busy, folder)
    assert look_at(page, busy) == {}


@pytest.mark.timeout(300)
def test_it_passes_axe_when_there_is_nothing(open_page: Callable[..., Page], olga: User) -> None:
    places = ("", "reports/", "signatures/", "appeals/", "contests/", "subjects/", "deliveries/", "audit/")
    assert look_at(open_page(user=olga), [f"/desk/{place}" for place in places]) == {}


@pytest.mark.timeout(300)
def test_it_passes_axe_before_something_is_decided(
    open_page: Callable[..., Page], oskar: User, busy: list[str], desk: Desk
) -> None:
    """The previews are answers to a form, so they are looked at where the form leads."""
    page = open_page(user=oskar)
    measure = f"/desk/cases/{desk.case.pk}/measure/"
    appeal = f"/desk/appeals/{Appeal.objects.get().pk}/"
    for address, fill in ((measure, fill_measure), (appeal, fill_appeal)):
        for width, theme in ((1280, "light"), (375, "dark")):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address)
            fill(page)
            page.get_by_role("button", name="See what it").click()
            page.get_by_role("checkbox", name="I ha").wait_for()
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=f"{folder}/preview-{address.split('/')[2]}-{width}.png", full_page=True)
            assert findings_of(page) == []


def fill_measure(page: Page) -> None:
    page.get_by_role("radio", name="4 · Revoked").check()
    page.get_by_label("Facts").fill("Three purchases were disputed in one week.\nNone was paid.")
    page.get_by_label("Reason").select_option("confirmed_fraud")


def fill_appeal(page: Page) -> None:
    page.get_by_role("radio", name="Overturned").check()
    page.get_by_label("Why").fill("The delivery notes are not signed.")


def findings_of(page: Page) -> list[str]:
    page.evaluate(AXE)
    return findings(page)


def test_an_operator_suspends_by_keyboard_and_without_script(
    open_page: Callable[..., Page], olga: User, desk: Desk
) -> None:
    page = open_page(user=olga, script=False)
    page.goto("/desk/")
    page.get_by_role("link", name=desk.agent.display_name).press("Enter")
    page.get_by_role("link", name="Take a measure").press("Enter")
    page.get_by_role("radio", name="3 · Suspended").press("Space")
    page.get_by_role("radio", name="In an emergency").press("Space")
    page.get_by_label("Reason").select_option("confirmed_fraud")
    page.get_by_label("Facts").fill("Three purchases were disputed in one week.")
    page.get_by_role("button", name="See what it reaches").press("Enter")
    page.get_by_role("checkbox", name="I have looked").press("Space")
    page.get_by_role("button", name="Suspend now").press("Enter")
    page.get_by_role("heading", name="Still missing: 1 signature").wait_for()
    sanction = Sanction.objects.get()
    assert (sanction.state, sanction.is_emergency) == (SanctionState.EFFECTIVE, True)


def take_pictures(page: Page, addresses: list[str], folder: str) -> None:
    for number, address in enumerate(addresses):
        for width, theme in ((1280, "light"), (375, "dark"), (375, "light"), (1280, "dark")):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address)
            name = address.strip("/").replace("/", "-").replace("?", "-")[:24]
            page.screenshot(path=f"{folder}/{number:02}-{name}-{width}-{theme}.png", full_page=True)
