"""An agent with its papers, and the journal's reader that follows it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.credentials.following import FOLLOWED, follow
from identity.credentials.issue import issue_credential
from identity.credentials.models import Credential, CredentialKind
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event


@pytest.fixture
def by_alice(alice):
    return Actor(ActorKind.USER, alice.pk)


@pytest.fixture
def by_olga(olga):
    return Actor(ActorKind.OPERATOR, olga.pk)


@pytest.fixture
def first_key():
    from identity.primitives.multikey import PrivateKey

    return PrivateKey.generate()


@pytest.fixture
def agent(acme, make_agent, first_key, at):
    """Registered two days ago."""
    agent = make_agent(acme, private_key=first_key)
    agent.verification_methods.update(valid_from=at - timedelta(days=2))
    return agent


@pytest.fixture
def credential(agent, by_alice, at):
    """Issued a day ago."""
    return issue_credential(agent=agent, actor=by_alice, at=at - timedelta(days=1))


@pytest.fixture
def catch_up(at):
    """Let the reader read every event from the beginning; a replay must change nothing."""

    def read(moment=None):
        for event in Event.objects.filter(kind__in=FOLLOWED).order_by("written_order"):
            follow(event, at=moment or at + timedelta(seconds=2))

    return read


@pytest.fixture
def identities(agent):
    def of():
        rows = Credential.objects.filter(agent=agent, kind=CredentialKind.IDENTITY).order_by("id")
        return list(rows.select_related("status_entry", "agent"))

    return of
