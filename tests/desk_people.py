"""Operators at the desk: signed in, with a second factor that was just given."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from identity.accounts.models import User

SignIn = Callable[[User], Client]


@pytest.fixture
def at_the_desk() -> SignIn:
    """A browser in which this person has signed in and given a code."""

    def sign_in(user: User) -> Client:
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = user.pk
        session.save()
        return client

    return sign_in
