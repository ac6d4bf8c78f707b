"""Groups of approvers and absences in the console, and what the page of a question says of them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from identity.accounts.consent import relying_party_origin
from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member, change_role
from identity.delegation.absences import set_absence
from identity.delegation.approver_groups import make_group
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.models import Absence, ApproverGroup, Delegation
from identity.journal.actor import Actor, ActorKind
from identity.spending.models import Approval
from tests.passkeys import SoftPasskey
from tests.spending.conftest import TOTAL_500, Holder, Shop, make_terms
from tests.spending_scene import *  # noqa: F403 - fixtures

QUERIES_MAX = 12
SignIn = Callable[[User], Client]


def by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


@pytest.fixture
def team(acme: Organization, alice: User, bob: User, at: datetime) -> Organization:
    change_role(membership=acme.memberships.get(user=bob), role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    return acme


@pytest.fixture
def group(team: Organization, alice: User, at: datetime) -> ApproverGroup:
    everybody = team.memberships.values_list("pk", flat=True)
    return make_group(organization=team, name="Finance", needed=2, people=everybody, actor=by(alice), at=at)


@pytest.fixture
def asked(group: ApproverGroup, grant: Callable[..., Delegation], buyer: Holder, shop: Shop) -> Approval:
    over = {"amountOver": 2500, "currency": "EUR", "exponent": 2}
    link = grant(buyer, TOTAL_500, {"type": "step_up", "when": over, "approvers": group.pk})
    assert shop.spend(buyer, link, 4_000).verdict == "step_up_required"
    return Approval.objects.get()


def yes_of(person: User, asked: Approval, signed_in: SignIn) -> str:
    """Approve with a passkey, on the page; the page that follows."""
    browser, passkey = signed_in(person), SoftPasskey(origin=relying_party_origin()).add_to(person)
    page = browser.get(f"/approve/{asked.pk}").content.decode()
    data = re.search(r'<script id="consent_options" type="application/json">(.*?)</script>', page)
    assert data is not None
    challenge = json.loads(html.unescape(data[1]))["challenge"]
    answer = browser.post(f"/approve/{asked.pk}", {"consent": passkey.answer(challenge)}, follow=True)
    return str(answer.content.decode())


def test_an_owner_makes_changes_and_removes_a_group(team: Organization, alice: User, signed_in: SignIn) -> None:
    browser, place = signed_in(alice), f"/console/{team.pk}/team/groups/"
    assert "No groups yet" in browser.get(place).content.decode()
    people = list(team.memberships.values_list("pk", flat=True))
    answer = browser.post(f"{place}new/", {"name": "Finance", "needed": "2", "people": people}, follow=True)
    assert "2 of 2" in answer.content.decode()
    group = ApproverGroup.objects.get()
    wrong = browser.post(f"{place}{group.pk}/", {"name": "Finance", "needed": "3", "people": people})
    assert (wrong.status_code, "needed" in wrong.context["form"].errors) == (422, True)
    browser.post(f"{place}{group.pk}/", {"name": "Money", "needed": "1", "people": people[:1]})
    group.refresh_from_db()
    assert (group.name, group.needed, group.seats.count()) == ("Money", 1, 1)
    for _ in range(2):
        assert "is removed" in browser.post(f"{place}{group.pk}/remove/", follow=True).content.decode()


def test_nobody_but_an_owner_changes_a_group(group: ApproverGroup, bob: User, signed_in: SignIn) -> None:
    browser, place = signed_in(bob), f"/console/{group.organization_id}/team/groups/"
    page = browser.get(place).content.decode()
    assert "Finance" in page
    assert "new/" not in page
    for address in ("new/", f"{group.pk}/", f"{group.pk}/remove/"):
        assert browser.post(f"{place}{address}", {"name": "Mine", "needed": "1"}).status_code == 403


def test_the_question_says_who_agreed_and_how_many_are_missing(
    asked: Approval, alice: User, bob: User, signed_in: SignIn
) -> None:
    page = signed_in(alice).get(f"/approve/{asked.pk}").content.decode()
    assert "The group Finance answers" in page
    assert "0 of 2 have agreed." in page
    after = yes_of(alice, asked, signed_in)
    assert "1 of 2 have agreed." in after
    assert "You have agreed." in after
    assert "Approve once</button>" not in after
    assert "Alice, You approved" in yes_of(bob, asked, signed_in)


def test_one_no_declines_for_all(asked: Approval, alice: User, bob: User, signed_in: SignIn) -> None:
    yes_of(alice, asked, signed_in)
    page = signed_in(bob).post(f"/approve/{asked.pk}", {"decline": "1"}, follow=True).content.decode()
    assert "You declined." in page


def test_whoever_lent_it_may_only_decline(
    group: ApproverGroup, alice: User, buyer: Holder, shop: Shop, signed_in: SignIn, at: datetime
) -> None:
    link = delegate_root(
        principal=group.organization,
        agent=buyer.agent,
        terms=make_terms(at, TOTAL_500, {"type": "step_up", "when": {"always": True}, "approvers": group.pk}),
        evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
        actor=by(alice),
        at=at,
    )
    asked = shop.spend(buyer, link, 4_000).approval
    browser = signed_in(alice)
    page = browser.get(f"/approve/{asked}").content.decode()
    assert "You lent this authority yourself" in page
    assert "Exactly what you sign" not in page
    assert "You declined." in browser.post(f"/approve/{asked}", {"decline": "1"}, follow=True).content.decode()


def test_the_question_takes_few_queries(asked: Approval, alice: User, signed_in: SignIn) -> None:
    browser = signed_in(alice)
    browser.get(f"/approve/{asked.pk}")
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(f"/approve/{asked.pk}").status_code == 200
    assert len(queries) <= QUERIES_MAX, "\n".join(query["sql"][:150] for query in queries)


def test_an_absence_is_set_shown_and_ended(
    team: Organization, alice: User, bob: User, signed_in: SignIn, at: datetime
) -> None:
    browser, place = signed_in(bob), f"/console/{team.pk}/team/absences/"
    mine, hers = team.memberships.get(user=bob).pk, team.memberships.get(user=alice).pk
    days = {"first_day": f"{at:%Y-%m-%d}", "last_day": f"{at + timedelta(days=3):%Y-%m-%d}"}
    page = browser.post(place, {"person": mine, "stand_in": hers, **days}, follow=True).content.decode()
    assert "It ends by itself" in page
    absence = Absence.objects.get()
    assert absence.is_now(datetime.now(at.tzinfo))
    again = browser.post(place, {"person": mine, "stand_in": hers, **days})
    assert (again.status_code, "Another absence" in again.content.decode()) == (422, True)
    assert browser.post(place, {"person": hers, "stand_in": mine, **days}).status_code == 422, "not hers to set"
    for _ in range(2):
        assert browser.post(f"{place}{absence.pk}/end/").status_code == 302
    absence.refresh_from_db()
    assert absence.ended_at is not None


def test_the_stand_in_sees_for_whom(
    asked: Approval, team: Organization, alice: User, bob: User, charlie: User, signed_in: SignIn, at: datetime
) -> None:
    stand_in = add_member(organization=team, user=charlie, role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    page = signed_in(charlie).get(f"/approve/{asked.pk}").content.decode()
    assert "you are not in it" in page
    set_absence(
        membership=team.memberships.get(user=alice),
        stand_in=stand_in,
        begins_at=at,
        ends_at=at + timedelta(days=2),
        actor=by(alice),
        at=at,
    )
    page = signed_in(charlie).get(f"/approve/{asked.pk}").content.decode()
    assert "You answer for Alice, who is away until" in page
    assert "Charlie" in (after := yes_of(charlie, asked, signed_in))
    assert "for Alice" in after


def test_the_pages_take_few_queries(group: ApproverGroup, alice: User, signed_in: SignIn) -> None:
    browser = signed_in(alice)
    for address in ("groups/", "groups/new/", f"groups/{group.pk}/", "absences/"):
        place = f"/console/{group.organization_id}/team/{address}"
        browser.get(place)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(place).status_code == 200
        assert len(queries) <= QUERIES_MAX, address


def test_the_guided_form_offers_the_group_and_the_delegation_names_it(
    group: ApproverGroup, alice: User, buyer: Any, signed_in: SignIn
) -> None:
    browser = signed_in(alice)
    fields = {
        "agent": buyer.agent.did,
        "currency": "EUR",
        "total": "500",
        "timezone": "Europe/Berlin",
        "ask_above": "25",
        "approver_group": group.pk,
        "max_further_depth": "0",
        "days": "30",
    }
    address = f"/console/{group.organization_id}/delegations/new/"
    drafted = browser.post(address, fields)
    assert drafted.status_code == 302, drafted.content.decode()
    assert "Asks your group of approvers first" in browser.get(drafted["Location"]).content.decode()
    never = browser.post(address, {**fields, "ask_above": ""})
    assert never.status_code == 422
    assert "the group is never asked" in never.content.decode()
