"""Credentials of other issuers in the console: attached, shown as they stand, checked, removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.credentials.models import WatchedCredential
from identity.credentials.watch.checking import check_due_sources
from identity.primitives.clock import now
from tests.credentials.watch.conftest import issuer, server  # noqa: F401 - fixtures
from tests.credentials.watch.foreign import Issuer
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(acme: Organization, concierge: Agent) -> str:
    return f"/console/{acme.pk}/agents/{concierge.pk}/attached/"


@pytest.fixture
def owner(alice: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(alice)


def test_it_teaches_what_it_is_for(page: str, owner: Client) -> None:
    answer = owner.get(page)
    assert "An auditor's certificate" in answer.text.replace("&#x27;", "'")
    assert inline_code(answer.text) == []


def test_it_attaches_shows_checks_and_removes(
    page: str,
    owner: Client,
    issuer: Issuer,  # noqa: F811
    concierge: Agent,
    at: datetime,
) -> None:
    text = json.dumps(issuer.credential(concierge.did, 9, at=at))
    assert "Not checked yet" in owner.post(page, {"credential": text}, follow=True).text
    check_due_sources(at=now())
    assert "Nothing speaks against it" in owner.get(page).text

    issuer.set("revocation", 9)
    issuer.publish(at=now() + timedelta(seconds=1))
    credential = WatchedCredential.objects.get()
    checked = owner.post(f"{page}{credential.pk}/check/", follow=True)
    assert "Revoked by its issuer" in checked.text
    assert "Revoked by its issuer" in owner.get(f"/a/{concierge.did}").text
    assert inline_code(checked.text) == []

    assert "speak of it no more" in owner.post(f"{page}{credential.pk}/remove/", follow=True).text
    assert WatchedCredential.objects.count() == 0


def test_it_says_why_not(page: str, owner: Client, issuer: Issuer, at: datetime) -> None:  # noqa: F811
    about_another = json.dumps(issuer.credential("did:web:somebody.example", 9, at=at))
    for text in ("rubbish", "{}", about_another):
        answer = owner.post(page, {"credential": text})
        assert answer.status_code == 422
        assert "error" in answer.text
    assert WatchedCredential.objects.count() == 0


def test_a_member_without_the_right_sees_and_cannot_change(
    page: str,
    acme: Organization,
    charlie: User,
    signed_in: Callable[[User], Client],
    at: datetime,
) -> None:
    from identity.accounts.models import Role
    from identity.accounts.organizations import add_member
    from identity.journal.actor import system

    add_member(organization=acme, user=charlie, role=Role.MEMBER, actor=system("tests"), at=at)
    client = signed_in(charlie)
    assert "Attach one" not in client.get(page).text
    client.post(page, {"credential": "x"})
    assert WatchedCredential.objects.count() == 0
