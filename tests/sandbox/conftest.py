"""Alice, for herself, in the sandbox."""

from __future__ import annotations

from datetime import datetime

import pytest

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
