"""Measures on the desk: nothing before the reach was seen, four eyes, lifting, and whom they leave in peace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member
from identity.agents.models import AgentStatus
from identity.journal.actor import system
from identity.journal.models import Event
from reputation.moderation.models import Association, Case, Sanction, SanctionState
from reputation.moderation.sanctions import impose_in_emergency, propose_sanction
from tests.desk_people import SignIn
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk, by, proposal
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
FACTS = "Three purchases were disputed in one week.\nNone was paid."


def filled(level: int, **more: str) -> dict[str, str]:
    return {"level": str(level), "how": "propose", "reason": "mandate_violation", "facts": FACTS, **more}


def take(client: Client, desk: Desk, level: int, **more: str) -> Sanction:
    """Fill the form in, look at the reach, and sign."""
    address = f"/desk/cases/{desk.case.pk}/measure/"
    preview = client.post(address, filled(level, **more))
    assert preview.status_code == 200, preview.text
    answer = client.post(address, filled(level, **more) | {"understood": "on"}, follow=True)
    assert answer.status_code == 200, answer.text
    assert answer.redirect_chain, answer.text
    return Sanction.objects.latest("pk")


def test_nothing_happens_before_the_reach_was_seen(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    form = client.get(f"/desk/cases/{desk.case.pk}/measure/")
    assert "Suspended by the registry" in form.text
    page = client.post(f"/desk/cases/{desk.case.pk}/measure/", filled(3, how="emergency"))
    assert page.status_code == 200
    assert "What it reaches now" in page.text
    for reached in ("Nordlicht", "Suedlicht", "Ostlicht", "9.00 EUR"):
        assert reached in page.text, reached
    assert "1 signature" in page.text
    assert "None was paid." in page.text
    assert inline_code(page.text) == []
    assert not Sanction.objects.exists()
    assert page.context["reach"].found.open_holds == 3


def test_one_signature_throttles_at_once(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    sanction = take(at_the_desk(olga), desk, 2)
    assert sanction.state == SanctionState.EFFECTIVE
    assert sanction.signatures.get().operator == olga
    assert sanction.facts == FACTS


def test_an_emergency_suspends_at_once_and_says_who_must_confirm(
    olga: User, oskar: User, desk: Desk, at_the_desk: SignIn
) -> None:
    client = at_the_desk(olga)
    sanction = take(client, desk, 3, how="emergency")
    desk.agent.refresh_from_db()
    assert desk.agent.status == AgentStatus.SUSPENDED
    page = client.get(f"/desk/sanctions/{sanction.pk}/").text
    assert "Still missing: 1 signature" in page
    assert "You have signed. Somebody else must too." in page
    assert "Can sign: Oskar" in " ".join(page.split())
    again = client.post(f"/desk/sanctions/{sanction.pk}/sign/", {"understood": "on"}, follow=True)
    assert "You have signed this measure" in again.text
    other = at_the_desk(oskar)
    assert sanction.pk in other.get("/desk/signatures/").text
    unread = other.post(f"/desk/sanctions/{sanction.pk}/sign/", {}, follow=True)
    assert "Say that you have looked" in unread.text
    assert "In force." in other.post(f"/desk/sanctions/{sanction.pk}/sign/", {"understood": "on"}, follow=True).text
    sanction.refresh_from_db()
    assert sanction.confirm_by is None
    assert "Nothing waits for a signature" in other.get("/desk/signatures/").text


def test_a_revocation_needs_two(olga: User, oskar: User, desk: Desk, at_the_desk: SignIn) -> None:
    sanction = take(at_the_desk(olga), desk, 4)
    desk.agent.refresh_from_db()
    assert (sanction.state, desk.agent.status) == (SanctionState.PROPOSED, AgentStatus.ACTIVE)
    assert desk.agent.held_since is not None
    at_the_desk(oskar).post(f"/desk/sanctions/{sanction.pk}/sign/", {"understood": "on"})
    desk.agent.refresh_from_db()
    assert desk.agent.status == AgentStatus.REVOKED


def test_a_deplatforming_needs_two_and_a_manager_and_hits_the_organization(
    olga: User, oskar: User, mona: User, desk: Desk, acme: Organization, at_the_desk: SignIn
) -> None:
    sanction = take(at_the_desk(olga), desk, 5, reason="pattern_across_agents")
    assert (sanction.agent, sanction.organization) == (None, acme)
    sign = f"/desk/sanctions/{sanction.pk}/sign/"
    page = at_the_desk(oskar).post(sign, {"understood": "on"}, follow=True).text
    assert "a manager&#x27;s signature" in page
    assert "Can sign: Mona (manager)" in " ".join(page.split())
    at_the_desk(mona).post(sign, {"understood": "on"})
    acme.refresh_from_db()
    assert acme.deplatformed_at is not None
    page = at_the_desk(mona).get(f"/desk/organizations/{acme.pk}/").text
    assert "Deplatformed" in page
    assert "What it may not come back with" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": "0"},
        {"level": "9"},
        {"facts": " "},
        {"reason": "association"},
        {"days": "31"},
        {"wind_down_days": "3"},
        {"how": "emergency"},
    ],
)
def test_what_the_ladder_refuses_stays_on_the_form(
    olga: User, desk: Desk, at_the_desk: SignIn, wrong: dict[str, str]
) -> None:
    asked = filled(2) | wrong | {"understood": "on"}
    answer = at_the_desk(olga).post(f"/desk/cases/{desk.case.pk}/measure/", asked)
    assert answer.status_code == 422
    assert "Something needs your attention" in answer.text
    assert not Sanction.objects.exists()


def test_evidence_of_the_case_can_be_relied_on(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client, first = at_the_desk(olga), desk.reports[0]
    sanction = take(client, desk, 1, evidence=first.pk)
    assert sanction.evidence == [first.pk]
    address = f"/desk/cases/{desk.case.pk}/measure/"
    assert client.post(address, filled(2) | {"evidence": "rpt_other"}).status_code == 422


def test_a_measure_is_lifted_with_a_reason(olga: User, oskar: User, desk: Desk, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    sanction = take(client, desk, 3, how="emergency")
    lift = f"/desk/sanctions/{sanction.pk}/lift/"
    assert "stands as before the measure" in client.get(lift).text
    assert client.post(lift, {"why": " "}).status_code == 422
    page = client.post(lift, {"why": "The vendors took the reports back."}, follow=True).text
    assert "The vendors took the reports back." in page
    desk.agent.refresh_from_db()
    assert desk.agent.status == AgentStatus.ACTIVE
    assert client.post(lift, {"why": "Again."}).status_code == 422


def test_a_proposal_is_taken_back(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    sanction = take(client, desk, 4)
    page = client.post(f"/desk/sanctions/{sanction.pk}/lift/", {"why": "Too early."}, follow=True)
    assert "Taken back." in page.text
    sanction.refresh_from_db()
    assert sanction.state == SanctionState.WITHDRAWN


def test_a_throttle_is_renewed_once(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    sanction = take(client, desk, 2)
    renew = f"/desk/sanctions/{sanction.pk}/renew/"
    assert "Renew once" in client.get(f"/desk/sanctions/{sanction.pk}/").text
    assert "goes on for its length" in client.post(renew, follow=True).text
    assert "Renew once" not in client.get(f"/desk/sanctions/{sanction.pk}/").text
    assert "does not let this measure go on" in client.post(renew, follow=True).text


def test_an_operator_of_the_same_organization_decides_nothing(
    olga: User, oskar: User, acme: Organization, desk: Desk, at_the_desk: SignIn, at: datetime
) -> None:
    sanction = impose_in_emergency(case=desk.case, subject=desk.agent, proposal=proposal(3), actor=by(oskar), at=at)
    add_member(organization=acme, user=olga, role=Role.MEMBER, actor=system("tests"), at=at)
    client = at_the_desk(olga)
    page = client.get(f"/desk/sanctions/{sanction.pk}/").text
    assert "You may not decide about this measure" in page
    assert ">Sign<" not in page
    client.post(f"/desk/sanctions/{sanction.pk}/sign/", {"understood": "on"})
    assert client.post(f"/desk/sanctions/{sanction.pk}/lift/", {"why": "Mine."}).status_code == 422
    assert client.post(f"/desk/cases/{desk.case.pk}/measure/", filled(1) | {"understood": "on"}).status_code == 422
    sanction.refresh_from_db()
    assert (sanction.state, sanction.signatures.count()) == (SanctionState.EFFECTIVE, 1)


def test_each_associated_agent_gets_a_decision_of_its_own(
    olga: User,
    oskar: User,
    desk: Desk,
    acme: Organization,
    make_agent: Callable[..., object],
    at_the_desk: SignIn,
) -> None:
    for name in ("Bystander", "Twin", "Third"):
        make_agent(acme, name)
    sanction = take(at_the_desk(oskar), desk, 3, how="emergency")
    client = at_the_desk(olga)
    page = client.get(f"/desk/sanctions/{sanction.pk}/").text
    assert "Associated agents" in page
    rows = {row.agent.display_name: row for row in Association.objects.select_related("agent")}
    assert set(rows) >= {"Bystander", "Twin", "Third"}

    def decide(name: str, decision: str) -> str:
        asked = {"decision": decision, "words": "Looked at it."}
        return client.post(f"/desk/associations/{rows[name].pk}/", asked, follow=True).text

    assert "Decided." in decide("Bystander", "nothing")
    assert "Decided." in decide("Twin", "labeled")
    assert "Decided." in decide("Third", "case")
    assert "Somebody has decided" in decide("Third", "nothing")
    assert not Sanction.objects.filter(agent__display_name__in=["Bystander", "Third"]).exists()
    label = Sanction.objects.get(agent__display_name="Twin")
    assert (label.level, label.reason, label.state) == (1, "association", SanctionState.EFFECTIVE)
    assert set(Case.objects.exclude(pk=desk.case.pk).values_list("agent__display_name", flat=True)) == {"Twin", "Third"}
    refused = client.post(f"/desk/associations/{rows['Twin'].pk}/", {"decision": "x", "words": ""}, follow=True)
    assert "Choose a decision" in refused.text


def test_every_measure_is_in_the_audit(olga: User, oskar: User, desk: Desk, at_the_desk: SignIn, at: datetime) -> None:
    propose_sanction(case=desk.case, subject=desk.agent, proposal=proposal(4), actor=by(olga), at=at)
    client = at_the_desk(oskar)
    sanction = Sanction.objects.get()
    client.post(f"/desk/sanctions/{sanction.pk}/sign/", {"understood": "on"})
    client.post(f"/desk/sanctions/{sanction.pk}/lift/", {"why": "Enough."})
    kinds = set(Event.objects.filter(actor=str(by(oskar)), subject=sanction.pk).values_list("kind", flat=True))
    assert kinds >= {"sanction.signed", "sanction.imposed", "sanction.ended"}
    page = client.get(f"/desk/audit/?subject={sanction.pk}").text
    assert "Sanction proposed (level 4)" in page
    assert "Sanction imposed (level 4)" in page
