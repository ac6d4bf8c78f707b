"""The audit page: every act of every operator, and nobody else's."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import transaction

from identity.accounts.models import User
from identity.agents.lifecycle import SuspensionReason, suspend
from identity.agents.models import Agent, SuspendedBy
from identity.journal.actor import Actor, ActorKind
from identity.journal.kinds import SweepStarted
from identity.journal.record import record
from registry.web.pages import desk_audit
from tests.desk_people import SignIn, at_the_desk  # noqa: F401 - a fixture
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
PAGE = "/desk/audit/"


@pytest.fixture
def by_olga(olga: User) -> Actor:
    return Actor(ActorKind.OPERATOR, olga.pk)


@pytest.fixture
def suspended(concierge: Agent, by_olga: Actor, at: datetime) -> Agent:
    reason = SuspensionReason.ABUSE_REPORTED
    return suspend(agent=concierge, reason=reason, by=SuspendedBy.REGISTRY, actor=by_olga, at=at)


def test_it_teaches_when_nothing_was_done(olga: User, at_the_desk: SignIn) -> None:  # noqa: F811
    page = at_the_desk(olga).get(PAGE)
    assert page.status_code == 200
    assert "No operator has acted yet" in page.text
    assert inline_code(page.text) == []


def test_it_shows_who_did_what_to_whom(olga: User, suspended: Agent, at_the_desk: SignIn) -> None:  # noqa: F811
    page = at_the_desk(olga).get(PAGE).text
    assert "Suspended: abuse reported" in page
    assert suspended.display_name in page
    assert "Registered with proof" not in page, "what an organization did is not an operator's act"
    assert page.count("· Olga") == 1


def test_it_is_narrowed_by_operator_act_and_subject(
    olga: User,
    charlie: User,
    suspended: Agent,
    at_the_desk: SignIn,  # noqa: F811
) -> None:
    client = at_the_desk(olga)
    for asked in (f"operator={olga.pk}", "kind=agent.", f"subject={suspended.pk}"):
        assert "Suspended: abuse reported" in client.get(f"{PAGE}?{asked}").text, asked
    for asked in (f"operator={charlie.pk}", "kind=appeal.", "subject=agt_other"):
        assert "No such act" in client.get(f"{PAGE}?{asked}").text, asked


def test_it_leaves_out_questions_that_make_no_sense(olga: User, suspended: Agent, at_the_desk: SignIn) -> None:  # noqa: F811
    client = at_the_desk(olga)
    for asked in ("kind=%25';--", "before=abc", "before=99999999999999999999", "before=%C2%B2"):
        assert "Suspended: abuse reported" in client.get(f"{PAGE}?{asked}").text, asked
    assert client.get(f"{PAGE}?subject=%00").status_code == 404


def test_it_comes_in_pages(
    olga: User,
    by_olga: Actor,
    at: datetime,
    at_the_desk: SignIn,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_audit, "ACTS_PER_PAGE", 2)
    with transaction.atomic():
        for entries in (1, 2, 3):
            record(SweepStarted(sources=1, entries=entries), subject="swp_x", actor=by_olga, at=at)
    client = at_the_desk(olga)
    first = client.get(f"{PAGE}?kind=sweep.")
    assert "Sweep of 3 watched" in first.text
    assert "Sweep of 1 watched" not in first.text
    rest = client.get(first.context["next_url"])
    assert "Sweep of 1 watched" in rest.text
    assert rest.context["next_url"] == ""
    assert rest.context["first_url"] == f"{PAGE}?kind=sweep."
