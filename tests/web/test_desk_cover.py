"""Insurance and bond on the desk: what an operator has verified raises what the registry lets an agent spend."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member
from identity.agents.models import Agent
from identity.credentials.watch.attach import attach_credential
from identity.journal.actor import system
from identity.journal.models import Event
from identity.spending.models import AgentTerms
from tests.credentials.watch.conftest import issuer, server  # noqa: F401 - fixtures
from tests.credentials.watch.foreign import Issuer
from tests.desk_people import SignIn, at_the_desk  # noqa: F401 - a fixture
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db


def filled(at: datetime, **more: str) -> dict[str, str]:
    return {
        "kind": "insurance",
        "amount": "1000",
        "by": "did:web:insurer.example",
        "certificate": "urn:uuid:7a2f",
        "until": (at + timedelta(days=30)).date().isoformat(),
        "actions": "/commerce, /travel",
        **more,
    }


def test_an_insurance_is_added_and_taken_away(
    olga: User,
    concierge: Agent,
    at_the_desk: SignIn,  # noqa: F811
    at: datetime,
) -> None:
    client, address = at_the_desk(olga), f"/desk/agents/{concierge.pk}/cover/"
    assert inline_code(client.get(address).text) == []
    page = client.post(address, filled(at), follow=True).text
    assert "1,000.00 EUR" in page
    terms = AgentTerms.objects.get(agent=concierge)
    assert (terms.insured_up_to, terms.insured_actions) == (100_000, ["/commerce", "/travel"])
    assert terms.insured_until is not None
    assert terms.insured_until > at + timedelta(days=29)
    client.post(address, filled(at, amount="0"))
    assert AgentTerms.objects.get(agent=concierge).insured_up_to == 0
    assert Event.objects.filter(actor=f"operator:{olga.pk}", subject=concierge.pk).count() == 2


def test_a_bond_is_added(
    olga: User,
    concierge: Agent,
    at_the_desk: SignIn,  # noqa: F811
    at: datetime,
) -> None:
    at_the_desk(olga).post(f"/desk/agents/{concierge.pk}/cover/", filled(at, kind="bond", amount="500.50", actions=""))
    assert AgentTerms.objects.get(agent=concierge).bond == 50_050


def test_it_shows_the_credentials_attached_to_the_agent(
    issuer: Issuer,  # noqa: F811
    olga: User,
    concierge: Agent,
    at_the_desk: SignIn,  # noqa: F811
    at: datetime,
) -> None:
    attach_credential(agent=concierge, data=issuer.credential(concierge.did, 3, at=at), actor=system("tests"), at=at)
    page = at_the_desk(olga).get(f"/desk/agents/{concierge.pk}/cover/").text
    assert "Credentials attached to it" in page
    assert "wcr_" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "-1"},
        {"amount": "1.000"},
        {"amount": "9" * 20},
        {"by": ""},
        {"certificate": ""},
        {"until": ""},
        {"until": "2020-01-01"},
        {"until": "not a day"},
        {"actions": ""},
        {"actions": "commerce"},
        {"kind": "promise"},
    ],
)
def test_what_makes_no_sense_stays_on_the_form(
    olga: User,
    concierge: Agent,
    at_the_desk: SignIn,  # noqa: F811
    at: datetime,
    wrong: dict[str, str],
) -> None:
    answer = at_the_desk(olga).post(f"/desk/agents/{concierge.pk}/cover/", filled(at) | wrong)
    assert answer.status_code == 422
    assert not AgentTerms.objects.filter(agent=concierge).exclude(insured_up_to=0).exists()


def test_nobody_covers_an_agent_of_her_own(
    olga: User,
    acme: Organization,
    concierge: Agent,
    at_the_desk: SignIn,  # noqa: F811
    at: datetime,
) -> None:
    add_member(organization=acme, user=olga, role=Role.MEMBER, actor=system("tests"), at=at)
    client, address = at_the_desk(olga), f"/desk/agents/{concierge.pk}/cover/"
    assert "Somebody else has to set this." in client.get(address).text
    assert client.post(address, filled(at)).status_code == 422
    assert not AgentTerms.objects.filter(agent=concierge).exclude(insured_up_to=0).exists()
