"""What the tests of the directory share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.accounts.models import Organization, OrganizationKind, User
from identity.accounts.organizations import create_organization
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind
from registry.directory.models import Name, Zone
from registry.directory.register import register_name
from registry.directory.zones import create_zone


@pytest.fixture
def by_alice(alice: User) -> Actor:
    return Actor(ActorKind.USER, alice.pk)


@pytest.fixture
def by_charlie(charlie: User) -> Actor:
    return Actor(ActorKind.USER, charlie.pk)


@pytest.fixture
def globex(charlie: User, by_charlie: Actor, at: datetime) -> Organization:
    """Charlie's organization, a stranger to Acme."""
    return create_organization(
        name="Globex", kind=OrganizationKind.ORGANIZATION, owner=charlie, actor=by_charlie, at=at
    )


@pytest.fixture
def make_agent() -> Callable[..., Agent]:
    """An agent's row; the directory does not care how its keys were proven."""

    def make(organization: Organization, title: str = "Concierge", **fields: Any) -> Agent:
        agent = Agent(organization=organization, display_name=title, **fields)
        agent.did = f"did:web:localhost%3A8000:agents:{agent.pk}"
        agent.save(force_insert=True)
        return agent

    return make


@pytest.fixture
def agent(acme: Organization, make_agent: Callable[..., Agent]) -> Agent:
    return make_agent(acme)


@pytest.fixture
def zone(acme: Organization, by_alice: Actor, at: datetime) -> Zone:
    """Acme's zone, ``acme``."""
    return create_zone(organization=acme, label="acme", actor=by_alice, at=at)


@pytest.fixture
def name(zone: Zone, agent: Agent, by_alice: Actor, at: datetime) -> Name:
    """``concierge.acme``, which stands for Acme's agent."""
    return register_name(zone=zone, label="concierge", agent=agent, actor=by_alice, at=at)
