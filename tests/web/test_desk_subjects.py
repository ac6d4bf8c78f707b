"""Looking somebody up on the desk: agents, organizations, how far they were verified; contested items; receivers."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member
from identity.agents.models import Agent, Vendor
from identity.journal.actor import system
from identity.journal.models import Event
from reputation.moderation.findings import decide_report
from reputation.moderation.models import Finding
from reputation.scoring.contest import contest_item
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import AgentScore, CaseEvidence, Contest, ContestState
from tests.desk_people import SignIn
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk, by
from tests.web.pages import fill, inline_code, routes

pytestmark = pytest.mark.django_db


def test_it_finds_agents_and_organizations(
    olga: User, concierge_name: object, acme: Organization, at_the_desk: SignIn
) -> None:
    client, agent = at_the_desk(olga), Agent.objects.get()
    assert "Whom are you looking for?" in client.get("/desk/subjects/").text
    for words in ("concierge.acme", agent.did, agent.pk, "ciergE"):
        assert f"/desk/agents/{agent.pk}/" in client.get("/desk/subjects/", {"q": words}).text, words
    for words in (acme.pk, "acm"):
        assert f"/desk/organizations/{acme.pk}/" in client.get("/desk/subjects/", {"q": words}).text, words
    assert "Nothing found" in client.get("/desk/subjects/", {"q": "zzzz"}).text


def test_an_agents_page_tells_all_that_is_known(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    page = at_the_desk(olga).get(f"/desk/agents/{desk.agent.pk}/").text
    assert "Its open case" in page
    assert page.count("Ordered, received, disputed.") == 3
    assert "Registered with proof of control" in page
    assert inline_code(page) == []


def test_a_vendor_is_verified(olga: User, vendors: list[Agent], at_the_desk: SignIn) -> None:
    client, vendor = at_the_desk(olga), vendors[0]
    page = client.get(f"/desk/agents/{vendor.pk}/").text
    assert "As a vendor" in page
    client.post(f"/desk/agents/{vendor.pk}/vendor-assurance/", {"vendor_level": "3"})
    assert Vendor.objects.get(pk=vendor.pk).assurance_level == 3
    assert Event.objects.get(kind="vendor.changed", actor=str(by(olga))).payload["assurance_level"] == 3
    assert client.post(f"/desk/agents/{vendor.pk}/vendor-assurance/", {"vendor_level": "7"}).status_code == 302
    assert Vendor.objects.get(pk=vendor.pk).assurance_level == 3


def test_an_organization_is_verified_with_a_reason(olga: User, acme: Organization, at_the_desk: SignIn) -> None:
    client, address = at_the_desk(olga), f"/desk/organizations/{acme.pk}/"
    page = client.get(address)
    assert "alice@example.org" in page.text
    assert inline_code(page.text) == []
    asked = {"assurance_level": "2", "assurance_reason": "Extract of the commercial register", "legal_id": ""}
    refused = client.post(address, asked)
    assert refused.status_code == 422
    assert "legal id first" in refused.text
    assert client.post(address, asked | {"legal_id": "DE-HRB 123 45"}).status_code == 302
    acme.refresh_from_db()
    assert (acme.assurance_level, acme.legal_id) == (2, "DEHRB12345")
    assert client.post(address, asked | {"legal_id": "?"}).status_code == 422
    assert "Assurance level set to 2" in client.get(address).text


def test_nobody_verifies_an_organization_of_her_own(
    olga: User, acme: Organization, concierge: Agent, at: datetime, at_the_desk: SignIn
) -> None:
    add_member(organization=acme, user=olga, role=Role.MEMBER, actor=system("tests"), at=at)
    client, address = at_the_desk(olga), f"/desk/organizations/{acme.pk}/"
    assert "You belong to this organization" in client.get(address).text
    asked = {"assurance_level": "1", "assurance_reason": "It is mine", "legal_id": ""}
    assert client.post(address, asked).status_code == 422
    acme.refresh_from_db()
    assert acme.assurance_level == 0


@pytest.fixture
def contested(desk: Desk, olga: User, alice: User, acme: Organization, at: datetime) -> Contest:
    decide_report(report=desk.reports[0], finding=Finding.UPHELD, severity=SeverityKind.FRAUD, actor=by(olga), at=at)
    item = CaseEvidence.objects.get().pk
    actor = system("tests")
    return contest_item(agent=desk.agent, item=item, text="It was paid.", organization=acme, actor=actor, at=at)


def test_a_contested_item_is_answered(oskar: User, contested: Contest, at_the_desk: SignIn) -> None:
    client, address = at_the_desk(oskar), f"/desk/contests/{contested.pk}/"
    assert contested.pk in client.get("/desk/contests/").text
    page = client.get(address)
    assert "It was paid." in page.text
    assert "Ordered, received, disputed." in page.text
    assert inline_code(page.text) == []
    assert client.post(address, {"verdict": "accepted", "contest_answer": ""}).status_code == 422
    before = AgentScore.objects.get(agent=contested.agent).b
    client.post(address, {"verdict": "accepted", "contest_answer": "The bank says so too."})
    contested.refresh_from_db()
    assert (contested.state, contested.answer) == (ContestState.ACCEPTED, "The bank says so too.")
    assert AgentScore.objects.get(agent=contested.agent).b < before
    assert client.post(address, {"verdict": "rejected", "contest_answer": "No."}).status_code == 422
    assert "Nothing is contested" in client.get("/desk/contests/").text


def test_a_contested_item_is_answered_by_nobody_who_upheld_or_made_the_report(
    olga: User, oskar: User, desk: Desk, contested: Contest, at_the_desk: SignIn
) -> None:
    address, answer = f"/desk/contests/{contested.pk}/", {"verdict": "rejected", "contest_answer": "It stays."}
    reporter = desk.reports[0].organization
    assert reporter is not None
    add_member(organization=reporter, user=oskar, role=Role.AUDITOR, actor=system("tests"), at=contested.opened_at)
    for operator, why in ((olga, "You upheld this report"), (oskar, "You belong to an organization that made")):
        client = at_the_desk(operator)
        assert why in client.get(address).text
        assert client.post(address, answer).status_code == 422
    contested.refresh_from_db()
    assert contested.state == ContestState.OPEN


def test_pages_of_what_is_not_there_are_not_there(olga: User, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    for place in ("cases", "reports", "sanctions", "appeals", "agents", "organizations", "contests"):
        for name in ("x", "%00", "a" * 200):
            assert client.get(f"/desk/{place}/{name}/").status_code == 404, (place, name)


def test_the_desk_is_there_for_operators_only(alice: User, desk: Desk, at_the_desk: SignIn, client: Client) -> None:
    hers = at_the_desk(alice)
    in_the_desk = {"case_id": desk.case.pk, "report_id": desk.reports[0].pk, "agent_id": desk.agent.pk}
    addresses = [fill(route, in_the_desk) for route, _ in routes("desk/")]
    assert len(addresses) >= 25
    for address in addresses:
        assert hers.get(address).status_code in {404, 405}, address
        assert hers.post(address).status_code in {404, 405}, address
        assert client.get(address).status_code in {302, 405}, address
        assert client.post(address).status_code in {404, 405}, address
