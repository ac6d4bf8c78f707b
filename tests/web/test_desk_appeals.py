"""Appeals on the desk: a clock, an uninvolved operator, a decision that was looked at first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from identity.accounts.models import Organization, User
from identity.agents.models import AgentStatus
from identity.journal.actor import Actor, ActorKind
from reputation.moderation.appeals import open_appeal
from reputation.moderation.models import Appeal, AppealOutcome, Sanction, SanctionState
from reputation.moderation.sanctions import impose_in_emergency
from tests.desk_people import SignIn
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk, by, proposal
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def sanction(desk: Desk, olga: User, at: datetime) -> Sanction:
    """Olga suspended Acme's buyer."""
    return impose_in_emergency(case=desk.case, subject=desk.agent, proposal=proposal(3), actor=by(olga), at=at)


@pytest.fixture
def appeal(sanction: Sanction, acme: Organization, alice: User, at: datetime) -> Appeal:
    actor = Actor(ActorKind.USER, alice.pk)
    words = "The goods never arrived.\nThat is why <i>nothing</i> was paid."
    return open_appeal(sanction=sanction, appellant=acme, words=words, actor=actor, at=at)


def decided(outcome: str, **more: str) -> dict[str, str]:
    return {"outcome": outcome, "decision_words": "The delivery notes are not signed.", "level": "", **more}


def test_it_says_that_no_appeal_waits(olga: User, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    assert "No appeal waits" in client.get("/desk/appeals/").text
    assert "None has been decided yet" in client.get("/desk/appeals/?show=decided").text


def test_it_shows_the_clock(oskar: User, appeal: Appeal, at_the_desk: SignIn, at: datetime) -> None:
    client = at_the_desk(oskar)
    page = client.get("/desk/appeals/").text
    assert appeal.pk in page
    assert "Acme" in page
    assert "overdue" not in page
    Appeal.objects.filter(pk=appeal.pk).update(due_at=at - timedelta(hours=1))
    assert "overdue" in client.get("/desk/appeals/").text


def test_it_shows_both_sides(oskar: User, appeal: Appeal, at_the_desk: SignIn) -> None:
    page = at_the_desk(oskar).get(f"/desk/appeals/{appeal.pk}/").text
    assert "That is why &lt;i&gt;nothing&lt;/i&gt; was paid." in page
    assert "Three purchases were disputed in a week." in page
    assert "Ordered, received, disputed." in page
    assert inline_code(page) == []


def test_whoever_had_a_part_in_the_case_is_told_so(olga: User, appeal: Appeal, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    page = client.get(f"/desk/appeals/{appeal.pk}/").text
    assert "Somebody else decides this appeal" in page
    assert "See what it does" not in page
    assert "You had a part" in client.post(f"/desk/appeals/{appeal.pk}/take/", follow=True).text
    refused = client.post(f"/desk/appeals/{appeal.pk}/", decided("overturned") | {"understood": "on"})
    assert refused.status_code == 422
    appeal.refresh_from_db()
    assert appeal.is_open


def test_an_uninvolved_operator_overturns(
    oskar: User, appeal: Appeal, sanction: Sanction, desk: Desk, at_the_desk: SignIn
) -> None:
    client, address = at_the_desk(oskar), f"/desk/appeals/{appeal.pk}/"
    assert "The appeal is yours." in client.post(address + "take/", {"take": "yes"}, follow=True).text
    preview = client.post(address, decided("overturned"))
    assert preview.status_code == 200
    assert "These measures of the case end at once" in preview.text
    assert "The delivery notes are not signed." in preview.text
    sanction.refresh_from_db()
    assert sanction.state == SanctionState.EFFECTIVE
    page = client.post(address, decided("overturned") | {"understood": "on"}, follow=True)
    assert "Decided. The parties are told." in page.text
    sanction.refresh_from_db()
    desk.agent.refresh_from_db()
    assert (sanction.state, desk.agent.status) == (SanctionState.OVERTURNED, AgentStatus.ACTIVE)
    assert appeal.pk in client.get("/desk/appeals/?show=decided").text
    assert client.post(address, decided("upheld") | {"understood": "on"}).status_code == 422


def test_a_lesser_measure_takes_its_place(oskar: User, appeal: Appeal, at_the_desk: SignIn) -> None:
    client, address = at_the_desk(oskar), f"/desk/appeals/{appeal.pk}/"
    preview = client.post(address, decided("changed", level="2"))
    assert "In its place, at once: Throttled" in preview.text
    client.post(address, decided("changed", level="2") | {"understood": "on"})
    appeal.refresh_from_db()
    assert appeal.outcome == AppealOutcome.CHANGED
    assert appeal.replacement is not None
    assert (appeal.replacement.level, appeal.replacement.state) == (2, SanctionState.EFFECTIVE)
    assert appeal.replacement.pk in client.get(address).text


@pytest.mark.parametrize("wrong", [{"outcome": "changed"}, {"level": "2"}, {"level": "4"}, {"decision_words": ""}])
def test_a_decision_that_makes_no_sense_stays_on_the_form(
    oskar: User, appeal: Appeal, at_the_desk: SignIn, wrong: dict[str, str]
) -> None:
    asked = decided("upheld") | wrong | {"understood": "on"}
    assert at_the_desk(oskar).post(f"/desk/appeals/{appeal.pk}/", asked).status_code == 422
    appeal.refresh_from_db()
    assert appeal.is_open
