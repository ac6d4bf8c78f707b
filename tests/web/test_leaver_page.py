"""The page of a leaving: it shows what ends by the queries that end it, and one button ends it once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import change_role
from identity.accounts.service_keys import create_service_key
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.spending import links
from tests.spending.conftest import TOTAL_500, Holder, Shop, make_terms
from tests.spending_scene import *  # noqa: F403 - fixtures

QUERIES_MAX = 12


@pytest.fixture
def bobs(
    acme: Organization,
    alice: User,
    bob: User,
    planner: Holder,
    buyer: Holder,
    shop: Shop,
    pass_on: Callable[..., Delegation],
    at: datetime,
) -> Delegation:
    """What Bob lent: the planner passed it on, and the buyer has bought."""
    by_bob = Actor(ActorKind.USER, bob.pk)
    membership = acme.memberships.get(user=bob)
    change_role(membership=membership, role=Role.ADMINISTRATOR, actor=Actor(ActorKind.USER, alice.pk), at=at)
    root = links.delegate_root(
        principal=acme,
        agent=planner.agent,
        terms=make_terms(at, TOTAL_500, max_further_depth=2),
        evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
        actor=by_bob,
        at=at,
    )
    child = pass_on(root, planner, buyer, TOTAL_500)
    assert shop.spend(buyer, child, 1_999).verdict == "approved"
    create_service_key(
        organization=acme,
        name="Nightly",
        scopes=["agents_read"],
        expires_at=None,
        actor=by_bob,
        at=at,
        created_by=bob,
    )
    return root


@pytest.fixture
def address(acme: Organization, bob: User) -> str:
    return f"/console/{acme.pk}/members/{acme.memberships.get(user=bob).pk}/remove/"


def test_it_shows_what_ends_and_ends_exactly_that(
    bobs: Delegation, address: str, alice: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(alice)
    page = browser.get(address).content.decode()
    for words in ("One delegation ends", "Planner", "Buyer", "19.99 EUR", "Nightly", "Remove Bob, and end all of this"):
        assert words in page, words

    after = browser.post(address, follow=True).content.decode()

    assert "Bob has left. Ended with it: 1 delegation, 1 open hold, 1 service key." in after
    bobs.refresh_from_db()
    assert bobs.status == "revoked"


def test_a_second_click_is_told_so_and_does_nothing(
    bobs: Delegation, address: str, alice: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(alice)
    browser.post(address)
    count = Event.objects.count()
    for ask in (browser.post, browser.get):
        assert "has left already" in ask(address, follow=True).content.decode()
    assert Event.objects.count() == count


def test_it_takes_few_queries_however_much_there_is(
    bobs: Delegation, address: str, alice: User, signed_in: Callable[[User], Client]
) -> None:
    browser = signed_in(alice)
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert browser.get(address).status_code == 200
    assert len(queries) <= QUERIES_MAX


def test_it_is_for_whoever_may_change_members_and_for_oneself(
    address: str, acme: Organization, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    hers = address.replace(acme.memberships.get(user=bob).pk, acme.memberships.get(user=alice).pk)
    developer = signed_in(bob)
    assert developer.get(hers).status_code == developer.post(hers).status_code == 403
    assert "Leave, and end all of this" in developer.get(address).content.decode()
    assert "You left Acme." in developer.post(address, follow=True).content.decode()


def test_it_says_before_she_tries_that_the_last_owner_stays(
    acme: Organization, alice: User, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(alice).get(f"/console/{acme.pk}/members/{acme.memberships.get(user=alice).pk}/remove/")
    assert "always has an owner" in page.content.decode()
    assert "end all of this" not in page.content.decode()


def test_it_knows_nobody_who_never_was_a_member(
    acme: Organization, alice: User, signed_in: Callable[[User], Client]
) -> None:
    browser: Any = signed_in(alice)
    assert browser.get(f"/console/{acme.pk}/members/mem_unknown/remove/").status_code == 404
