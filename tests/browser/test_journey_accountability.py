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
from reputation.moderation.models import Appeal, Finding, Sanction
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
    anna, otto, mira = sits_down(olga), sits_down(oskar), sits_down(mona)
    owner, anybody = open_page(user=alice), open_page(width=375)
    agent, case, public = desk.agent, desk.case.pk, f"/a/{desk.agent.did}"

    # 1. Three vendors reported it. An operator upholds each, and throttles the agent by her own signature.
    anna.page.goto("/desk/")
    anna.page.get_by_role("link", name=agent.display_name).first.click()
    assert anna.page.get_by_text("Nordlicht").first.is_visible()
    for report in desk.reports:
        anna.find(report.pk)
    assert {each.finding for each in type(desk.reports[0]).objects.all()} == {Finding.UPHELD}
    anna.take_measure(case, "2 ·", reason="confirmed_fraud", button="Sign and put in force")
    anybody.goto(public)
    assert anybody.get_by_text("Throttled").first.is_visible()

    # 2. It goes on elsewhere: suspended at once in an emergency, confirmed by a second operator and not by herself.
    suspension = anna.take_measure(case, "3 ·", reason="confirmed_fraud", how="In an emergency", button="Suspend now")
    assert standing(agent) == "suspended"
    assert not anna.may_sign(suspension)
    otto.sign(suspension)

    # 3. The organization appeals from the public statement; who signed may not decide; somebody else overturns.
    owner.goto(f"/sanctions/{suspension}")
    assert owner.get_by_text("Olga").count() == 0
    owner.get_by_role("link", name="Appeal", exact=True).click()
    owner.get_by_label("Why it is wrong").fill("The orders were placed with a stolen account at the shops.")
    owner.get_by_role("button", name="Send the appeal").dblclick()
    owner.get_by_text("Appeal open").first.wait_for()
    appeal = Appeal.objects.get()
    for signer in (anna, otto):
        signer.page.goto(f"/desk/appeals/{appeal.pk}/")
        assert signer.page.get_by_role("radio", name="Overturned").count() == 0
    mira.page.goto("/desk/appeals/")
    mira.page.locator(f'a[href*="{appeal.pk}"]').first.click()
    mira.page.get_by_role("radio", name="Overturned").check()
    mira.page.locator("[name=decision_words]").fill("The account at the shops was stolen; the agent had no part in it.")
    mira.page.get_by_role("button", name="See what it does").click()
    mira.page.get_by_role("checkbox", name="I had no part").check()
    mira.page.get_by_role("button", name="Decide").click()
    mira.page.get_by_text("Overturned").first.wait_for()
    assert standing(agent) == "active"
    assert not CaseEvidence.objects.filter(agent=agent.pk, withdrawn_at=None).exists()
    anybody.goto(public)
    assert anybody.get_by_text("Overturned on appeal").first.is_visible()

    # 4. What is new is a new case: two operators revoke the agent; they and a manager deplatform its organization.
    mira.page.goto(f"/desk/cases/{case}/close/")
    mira.page.get_by_role("radio", name="Nothing was found").check()
    mira.page.locator("[name=closing_words]").fill("A stolen account; the vendors were told.")
    mira.page.get_by_role("button", name="Close the case").click()
    mira.page.wait_for_url(lambda address: not address.endswith("/close/"))
    anna.page.goto("/desk/cases/new/")
    anna.page.get_by_label("Agent or organization").fill(agent.did)
    anna.page.get_by_label("What it is about").fill("It signs as Nordlicht.")
    anna.page.get_by_role("button", name="Open the case").click()
    anna.page.wait_for_url("**/desk/cases/cas_*/")
    fresh = anna.page.url.rstrip("/").rpartition("/")[2]
    assert fresh != case
    revocation = anna.take_measure(fresh, "4 ·", reason="impersonation", button="Sign the proposal")
    assert standing(agent) == "active"
    otto.sign(revocation)
    assert standing(agent) == "revoked"
    whole = anna.take_measure(fresh, "5 ·", reason="impersonation", button="Sign the proposal")
    otto.sign(whole)
    assert Sanction.objects.get(pk=whole).state == "proposed"
    mira.sign(whole)
    assert Sanction.objects.get(pk=whole).state == "effective"

    # 5. The owner comes back under another name, and is refused with a reason and a way to appeal.
    owner.goto("/console/organizations/new/")
    owner.get_by_label("Name").first.fill("Acme Reborn")
    owner.get_by_role("button", name="Make the organization").click()
    owner.get_by_text("The registry does not take this registration").first.wait_for()
    assert not Organization.objects.filter(name="Acme Reborn").exists()

    # 6. Everybody can read all of it, and every act of the desk is on record.
    anybody.goto(public)
    assert anybody.get_by_text("Revoked by the registry").first.is_visible()
    anybody.goto("/transparency")
    assert anybody.get_by_text("Organization deplatformed").first.is_visible()
    mira.page.goto("/desk/audit/")
    for words in ("Sanction imposed", "Appeal decided"):
        assert mira.page.get_by_text(words).first.is_visible()
