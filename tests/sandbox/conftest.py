"""Alice, for herself, in the sandbox."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.accounts.organizations import personal_organization
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.sandbox import SANDBOX_SIGN_IN
from identity.journal.actor import Actor, ActorKind
from registry.sandbox.models import SandboxRun
from registry.sandbox.runs import lend, start


@pytest.fixture
def hers(alice: User, at: datetime) -> Organization:
    """The organization of Alice's own person."""
    return personal_organization(alice, at)


@pytest.fixture
def by_alice(alice: User) -> Actor:
    return Actor(ActorKind.USER, alice.pk)


@pytest.fixture
def begun(hers: Organization, by_alice: Actor, at: datetime) -> SandboxRun:
    """She has pressed "Begin"; nothing is lent yet."""
    return start(organization=hers, actor=by_alice, at=at)


@pytest.fixture
def lent(begun: SandboxRun, by_alice: Actor, at: datetime) -> SandboxRun:
    """She has lent the sandbox's agent its authority."""
    evidence = strong_sign_in_evidence(method=SANDBOX_SIGN_IN, signed_in_at=at)
    lend(run=begun, evidence=evidence, actor=by_alice, at=at)
    return begun


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's browser, signed in with a password a moment ago."""
    client = Client()
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = alice.pk
    session.save()
    return client
