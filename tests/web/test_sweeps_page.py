"""The operators' page of background checks: whom it lets in, what it says, and that it starts a sweep."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from identity.accounts.models import User
from identity.agents.models import Agent
from identity.credentials.models import Sweep
from identity.credentials.watch.watching import watch
from identity.journal.models import Event
from tests.credentials.watch.conftest import issuer, server  # noqa: F401 - fixtures
from tests.credentials.watch.foreign import Issuer
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
PAGE = "/desk/sweeps/"
SignIn = Callable[[User], Client]


@pytest.fixture
def with_second_factor(signed_in: SignIn) -> SignIn:
    """Signed in, and a code given."""

    def sign_in(user: User) -> Client:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
        client = signed_in(user)
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = user.pk
        session.save()
        return client

    return sign_in


def test_it_is_not_there_for_anybody_else(client: Client, alice: User, with_second_factor: SignIn) -> None:
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE + "start/").status_code == 404
    hers = with_second_factor(alice)
    assert hers.get(PAGE).status_code == 404
    assert hers.post(PAGE + "start/").status_code == 404
    assert Sweep.objects.count() == 0


def test_it_asks_an_operator_for_a_second_factor(olga: User, signed_in: SignIn) -> None:
    client = signed_in(olga)
    assert client.get(PAGE)["Location"] == "/accounts/2fa/"
    Authenticator.objects.create(user=olga, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get(PAGE)["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert client.post(PAGE + "start/").status_code == 302
    assert Sweep.objects.count() == 0


def test_it_says_that_there_is_nothing_to_do(olga: User, with_second_factor: SignIn) -> None:
    answer = with_second_factor(olga).get(PAGE)
    assert answer.status_code == 200
    assert "None. Every source answered and was believed." in answer.text
    assert inline_code(answer.text) == []


def test_it_starts_a_sweep_and_shows_how_far_it_is(
    issuer: Issuer,  # noqa: F811
    concierge: Agent,
    olga: User,
    with_second_factor: SignIn,
    at: datetime,
) -> None:
    watch(issuer.credential(concierge.did, 3, at=at), agent=concierge, at=at)
    client = with_second_factor(olga)
    answer = client.post(PAGE + "start/", follow=True)
    assert "A sweep is running" in answer.text
    assert issuer.list_url("revocation") in answer.text
    assert Event.objects.get(kind="sweep.started").actor == f"operator:{olga.pk}"

    again = client.post(PAGE + "start/", follow=True)
    assert "running already" in again.text
    assert Sweep.objects.count() == 1
