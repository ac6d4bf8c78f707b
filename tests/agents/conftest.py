"""An agent of Acme with its first key, and the hands that change it."""

from __future__ import annotations

import pytest

from identity.journal.actor import Actor, ActorKind
from identity.primitives.multikey import PrivateKey


@pytest.fixture
def by_alice(alice):
    return Actor(ActorKind.USER, alice.pk)


@pytest.fixture
def first_key():
    return PrivateKey.generate()


@pytest.fixture
def agent(acme, make_agent, first_key):
    return make_agent(acme, private_key=first_key)


@pytest.fixture
def foreign(db):
    """An agent as the importer leaves it: in another directory's name, nobody's here."""
    from identity.agents.addresses import agent_did
    from identity.agents.models import Agent
    from identity.primitives.ids import new_agent_id

    agent_id = new_agent_id()
    return Agent.objects.create(
        id=agent_id,
        did=agent_did(agent_id),
        kind="foreign",
        status="unclaimed",
        display_name="search",
        origin="mcp",
        origin_id="1",
    )
