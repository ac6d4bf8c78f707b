"""What an organization reads about its own standing: measures, the appeal, and each item behind a score."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from registry.directory.models import Name
from reputation.moderation.appeals import decide_appeal, open_appeal
from reputation.moderation.models import Appeal, AppealOutcome, Sanction
from reputation.moderation.sanctions import Proposal, propose_sanction
from reputation.scoring.evidence import add_case_evidence
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import Contest
from tests.spending.conftest import TOTAL_500, Holder, grant, make_holder
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
__all__ = ["grant", "make_holder"]
SignIn = Callable[[User], Client]


@pytest.fixture
def otto(make_person: Callable[..., User]) -> User:
    """An operator beside Olga."""
    return make_person("Otto", is_staff=True)


@pytest.fixture
def throttled(concierge: Agent, concierge_name: Name, olga: User, at: datetime) -> Sanction:
    """Acme's agent is throttled, by Olga, since yesterday."""
    proposal = Proposal(level=2, reason="dispute_ratio", facts="Four of twenty purchases were disputed, and upheld.")
    by_olga = Actor(ActorKind.OPERATOR, olga.pk)
    yesterday = at - timedelta(days=1)
    return propose_sanction(case=None, subject=concierge, proposal=proposal, actor=by_olga, at=yesterday)


@pytest.fixture
def upheld(concierge: Agent, at: datetime) -> str:
    """An upheld dispute in the agent's score; the id of the item."""
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
    return str(evidence.pk)


def test_it_says_that_nothing_was_ever_decided(acme: Organization, alice: User, signed_in: SignIn) -> None:
    page = signed_in(alice).get(f"/console/{acme.pk}/standing/")
    assert "No measure, and there never was one" in page.text
    assert inline_code(page.text) == []


def test_it_lists_what_hits_its_agents(acme: Organization, alice: User, signed_in: SignIn, throttled: Sanction) -> None:
    page = signed_in(alice).get(f"/console/{acme.pk}/standing/")
    assert f"/console/{acme.pk}/standing/{throttled.pk}/" in page.text
    assert "concierge.acme" in page.text


def test_its_owner_appeals(acme: Organization, alice: User, signed_in: SignIn, throttled: Sanction) -> None:
    client = signed_in(alice)
    led = client.get(f"/sanctions/{throttled.pk}/appeal", follow=True)
    address = f"/console/{acme.pk}/standing/{throttled.pk}/"
    assert led.redirect_chain == [(address, 302)]
    done = client.post(address, {"words": "Two of the four were refunded the same day."}, follow=True)
    appeal = Appeal.objects.get()
    assert (appeal.appellant, appeal.words) == (acme, "Two of the four were refunded the same day.")
    assert appeal.pk in done.text
    assert "Two of the four were refunded" in done.text
    again = client.post(address, {"words": "Once more."}, follow=True)
    assert again.redirect_chain == [(address, 302)], "one appeal a measure"
    assert "has appealed already" in again.text
    assert Appeal.objects.count() == 1
    assert "Appealed; somebody uninvolved decides" in Client().get(f"/sanctions/{throttled.pk}").text


def test_two_clicks_at_one_instant_appeal_once_and_show_the_appeal(
    acme: Organization, alice: User, signed_in: SignIn, throttled: Sanction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other click is answered while this one has read the page as it was before."""
    client, address = signed_in(alice), f"/console/{acme.pk}/standing/{throttled.pk}/"

    def overtaken(**asked: Any) -> Appeal:
        open_appeal(**asked)
        return open_appeal(**asked)

    monkeypatch.setattr("registry.web.pages.standing.open_appeal", overtaken)
    done = client.post(address, {"words": "Two of the four were refunded the same day."}, follow=True)
    assert done.redirect_chain == [(address, 302)]
    assert "has appealed already" in done.text
    assert Appeal.objects.count() == 1


def test_it_shows_the_decision_to_the_parties_alone(
    acme: Organization, alice: User, otto: User, signed_in: SignIn, throttled: Sanction, at: datetime
) -> None:
    client = signed_in(alice)
    address = f"/console/{acme.pk}/standing/{throttled.pk}/"
    client.post(address, {"words": "Two of the four were refunded."})
    by_otto = Actor(ActorKind.OPERATOR, otto.pk)
    decided = {"outcome": AppealOutcome.OVERTURNED, "words": "So they were."}
    decide_appeal(appeal=Appeal.objects.get(), **decided, actor=by_otto, at=at)
    page = client.get(address)
    assert "So they were." in page.text
    assert "Measure overturned" in page.text
    public = Client().get(f"/sanctions/{throttled.pk}").text
    assert "the measure was overturned" in public
    assert "So they were." not in public


def test_a_developer_reads_and_does_not_appeal(
    acme: Organization, bob: User, signed_in: SignIn, throttled: Sanction
) -> None:
    client = signed_in(bob)
    address = f"/console/{acme.pk}/standing/{throttled.pk}/"
    page = client.get(address)
    assert "An owner or administrator of your organization can appeal" in page.text
    assert client.post(address, {"words": "No."}).status_code == 404
    assert not Appeal.objects.exists()


def test_a_stranger_is_told_who_could_appeal(
    charlie: User, signed_in: SignIn, throttled: Sanction, client: Client
) -> None:
    page = signed_in(charlie).get(f"/sanctions/{throttled.pk}/appeal")
    assert "None of your organizations can appeal against this" in page.text
    assert client.get(f"/sanctions/{throttled.pk}/appeal").status_code == 302
    assert signed_in(charlie).get("/sanctions/snc_nothing/appeal").status_code == 404


def test_an_appeal_past_its_time_is_not_offered(
    acme: Organization, alice: User, concierge: Agent, olga: User, signed_in: SignIn, at: datetime
) -> None:
    proposal = Proposal(level=2, reason="dispute_ratio", facts="Long ago.")
    begun = at - timedelta(days=200)
    by_olga = Actor(ActorKind.OPERATOR, olga.pk)
    old = propose_sanction(case=None, subject=concierge, proposal=proposal, actor=by_olga, at=begun)
    page = signed_in(alice).get(f"/console/{acme.pk}/standing/{old.pk}/")
    assert "The time for an appeal has passed" in page.text
    assert 'name="words"' not in page.text


def test_it_explains_the_score_and_takes_one_contest_an_item(
    acme: Organization, alice: User, concierge: Agent, signed_in: SignIn, upheld: str
) -> None:
    client = signed_in(alice)
    address = f"/console/{acme.pk}/standing/agents/{concierge.pk}/"
    page = client.get(address)
    assert "Dispute, upheld" in page.text
    assert "2.400" in page.text, "0.6 times 4"
    contest = f"{address}contest/{upheld}/"
    assert contest in page.text
    assert client.get(contest).status_code == 200
    done = client.post(contest, {"text": "The vendor refunded it before the report."}, follow=True)
    assert Contest.objects.get().item == upheld
    assert "The vendor refunded it before the report." in done.text
    assert client.get(contest).status_code == 404


def test_it_explains_to_a_principal_what_concerns_it(
    acme: Organization,
    charlie: User,
    make_holder: Callable[..., Holder],
    grant: Callable[..., Delegation],
    signed_in: SignIn,
    at: datetime,
) -> None:
    from identity.accounts.organizations import personal_organization

    holder = make_holder("Buyer")
    hers = personal_organization(charlie, at)
    address = f"/console/{hers.pk}/standing/agents/{holder.agent.pk}/"
    client = signed_in(charlie)
    assert client.get(address).status_code == 404, "a stranger learns nothing"
    grant(holder, TOTAL_500, principal=hers)
    assert client.get(address).status_code == 200


def test_a_principal_contests_nothing(
    charlie: User, concierge: Agent, signed_in: SignIn, upheld: str, at: datetime
) -> None:
    from identity.accounts.organizations import personal_organization

    hers = personal_organization(charlie, at)
    answer: Any = signed_in(charlie).post(f"/console/{hers.pk}/standing/agents/{concierge.pk}/contest/{upheld}/")
    assert answer.status_code == 404
    assert not Contest.objects.exists()
