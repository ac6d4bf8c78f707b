"""Accountability in the browser: three vendors report an agent; operators uphold, throttle, suspend and confirm; its
organization appeals and somebody else overturns. Then it is revoked, its organization deplatformed, and its owner comes
back under no other name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from reputation.moderation.models import Appeal, Finding, Report, Sanction, SanctionState
from reputation.scoring.models import CaseEvidence
from tests.desk_people import SignIn
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(420)
FACTS = "Three unrelated vendors delivered and were told afterwards that nobody had ordered."


@dataclass
class Operator:
    """Somebody at the desk, in a window of her own."""

    page: Page

    def find(self, report: str) -> None:
        """Uphold one report."""
        self.page.goto(f"/desk/reports/{report}/")
        self.page.get_by_role("radio", name="Upheld").check()
        self.page.get_by_label("If upheld").select_option("fraud")
        self.page.locator("[name=words]").fill("Seen the delivery notes.")
        self.page.get_by_role("button", name="Decide the report").click()
        self.page.get_by_text("Upheld").first.wait_for()

    def take_measure(self, case: str, measure: str, *, reason: str, button: str, how: str = "") -> str:
        """From the case to the signed measure: the form, what it reaches, the signature; the sanction's id."""
        self.page.goto(f"/desk/cases/{case}/")
        self.page.get_by_role("link", name="Take a measure").click()
        self.page.get_by_role("radio", name=measure).check()
        if how:
            self.page.get_by_role("radio", name=how).check()
        self.page.get_by_label("Reason").select_option(reason)
        self.page.get_by_label("Facts").fill(FACTS)
        self.page.get_by_role("button", name="See what it reaches").click()
        self.page.get_by_role("heading", name="What it reaches now").wait_for()
        self.page.get_by_role("checkbox", name="I have looked").check()
        self.page.get_by_role("button", name=button).dblclick()
        self.page.wait_for_url("**/desk/sanctions/snc_*/")
        return self.page.url.rstrip("/").rpartition("/")[2]

    def sign(self, sanction: str) -> None:
        """Out of the list of what waits for a signature."""
        self.page.goto("/desk/signatures/")
        self.page.get_by_role("link", name=sanction).first.click()
        self.page.get_by_role("checkbox", name="I have looked").check()
        self.page.get_by_role("button", name="Sign", exact=True).click()
        self.page.get_by_text("Signed").first.wait_for()

    def may_sign(self, sanction: str) -> bool:
        self.page.goto(f"/desk/sanctions/{sanction}/")
        return self.page.get_by_role("checkbox", name="I have looked").count() > 0


@pytest.fixture
def sits_down(open_page: Callable[..., Page], at_the_desk: SignIn, live_server: Any) -> Callable[[User], Operator]:
    """An operator opens the desk, with a second factor given just before."""

    def sit(user: User) -> Operator:
        page = open_page()
        cookie = at_the_desk(user).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return Operator(page)

    return sit


def standing(agent: Agent) -> str:
    return str(Agent.objects.get(pk=agent.pk).status)


@dataclass
class Room:
    """Everybody of the story, each at a window of her own."""

    anna: Operator
    otto: Operator
    mira: Operator
    """A manager."""
    owner: Page
    anybody: Page
    agent: Agent

    @property
    def public(self) -> str:
        return f"/a/{self.agent.did}"


def test_reported_suspended_restored_then_revoked_and_kept_out(
    open_page: Callable[..., Page],
    sits_down: Callable[[User], Operator],
    alice: User,
    acme: Organization,
    olga: User,
    oskar: User,
    mona: User,
    desk: Desk,
) -> None:
    room = Room(
        *(sits_down(one) for one in (olga, oskar, mona)), open_page(user=alice), open_page(width=375), desk.agent
    )
    reported_and_throttled(room, desk)
    suspension = suspended_and_confirmed(room, desk.case.pk)
    appealed(room, suspension)
    overturned(room)
    closed(room, desk.case.pk)
    revoked_and_deplatformed(room)
    kept_out(room)
    readable_by_everybody(room)


def reported_and_throttled(room: Room, desk: Desk) -> None:
    """Three vendors reported the agent. An operator upholds each, and throttles it by her own signature."""
    anna, anybody = room.anna, room.anybody
    anna.page.goto("/desk/")
    anna.page.get_by_role("link", name=room.agent.display_name).first.click()
    anna.page.get_by_text("Nordlicht").first.wait_for()
    for report in desk.reports:
        anna.find(report.pk)
    assert {each.finding for each in Report.objects.all()} == {Finding.UPHELD}
    anna.take_measure(desk.case.pk, "2 ·", reason="confirmed_fraud", button="Sign and put in force")
    anybody.goto(room.public)
    assert anybody.get_by_text("Throttled").first.is_visible()


def suspended_and_confirmed(room: Room, case: str) -> str:
    """It goes on elsewhere: suspended at once in an emergency, confirmed by a second operator and not by herself."""
    suspension = room.anna.take_measure(
        case, "3 ·", reason="confirmed_fraud", how="In an emergency", button="Suspend now"
    )
    assert standing(room.agent) == "suspended"
    assert not room.anna.may_sign(suspension)
    room.otto.sign(suspension)
    return suspension


def appealed(room: Room, suspension: str) -> None:
    """The organization appeals from the public statement, which names nobody."""
    owner = room.owner
    owner.goto(f"/sanctions/{suspension}")
    assert owner.get_by_text("Olga").count() == 0
    owner.get_by_role("link", name="Appeal", exact=True).click()
    owner.get_by_label("Why it is wrong").fill("The orders were placed with a stolen account at the shops.")
    owner.get_by_role("button", name="Send the appeal").dblclick()
    owner.get_by_text("Appeal open").first.wait_for()


def overturned(room: Room) -> None:
    """Who signed may not decide; somebody else overturns, and everything is as it was."""
    appeal, page = Appeal.objects.get(), room.mira.page
    for signer in (room.anna, room.otto):
        signer.page.goto(f"/desk/appeals/{appeal.pk}/")
        assert signer.page.get_by_role("radio", name="Overturned").count() == 0
    page.goto("/desk/appeals/")
    page.locator(f'a[href*="{appeal.pk}"]').first.click()
    page.get_by_role("radio", name="Overturned").check()
    page.locator("[name=decision_words]").fill("The account at the shops was stolen; the agent had no part in it.")
    page.get_by_role("button", name="See what it does").click()
    page.get_by_role("checkbox", name="I had no part").check()
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("Overturned").first.wait_for()
    assert standing(room.agent) == "active"
    assert not CaseEvidence.objects.filter(agent=room.agent.pk, withdrawn_at=None).exists()
    room.anybody.goto(room.public)
    assert room.anybody.get_by_text("Overturned on appeal").first.is_visible()


def closed(room: Room, case: str) -> None:
    page = room.mira.page
    page.goto(f"/desk/cases/{case}/close/")
    page.get_by_role("radio", name="Nothing was found").check()
    page.locator("[name=closing_words]").fill("A stolen account; the vendors were told.")
    page.get_by_role("button", name="Close the case").click()
    page.wait_for_url(lambda address: not address.endswith("/close/"))


def revoked_and_deplatformed(room: Room) -> None:
    """What is new is a new case: two operators revoke the agent; they and a manager deplatform its organization."""
    anna, agent = room.anna, room.agent
    anna.page.goto("/desk/cases/new/")
    anna.page.get_by_label("Agent or organization").fill(agent.did)
    anna.page.get_by_label("What it is about").fill("It signs as Nordlicht.")
    anna.page.get_by_role("button", name="Open the case").click()
    anna.page.wait_for_url("**/desk/cases/cas_*/")
    case = anna.page.url.rstrip("/").rpartition("/")[2]
    revocation = anna.take_measure(case, "4 ·", reason="impersonation", button="Sign the proposal")
    assert standing(agent) == "active", "one signature is not enough"
    room.otto.sign(revocation)
    assert standing(agent) == "revoked"
    whole = anna.take_measure(case, "5 ·", reason="impersonation", button="Sign the proposal")
    room.otto.sign(whole)
    assert Sanction.objects.get(pk=whole).state == SanctionState.PROPOSED
    room.mira.sign(whole)
    assert Sanction.objects.get(pk=whole).state == SanctionState.EFFECTIVE


def kept_out(room: Room) -> None:
    """The owner comes back under another name, and is refused with a reason and a way to appeal."""
    room.owner.goto("/console/organizations/new/")
    room.owner.get_by_label("Name").first.fill("Acme Reborn")
    room.owner.get_by_role("button", name="Make the organization").click()
    room.owner.get_by_text("The registry does not take this registration").first.wait_for()
    assert not Organization.objects.filter(name="Acme Reborn").exists()


def readable_by_everybody(room: Room) -> None:
    """All of it stands in public, and every act of the desk is on record."""
    room.anybody.goto(room.public)
    assert room.anybody.get_by_text("Revoked by the registry").first.is_visible()
    room.anybody.goto("/transparency")
    assert room.anybody.get_by_text("Organization deplatformed").first.is_visible()
    room.mira.page.goto("/desk/audit/")
    for words in ("Sanction imposed", "Appeal decided"):
        assert room.mira.page.get_by_text(words).first.is_visible()
