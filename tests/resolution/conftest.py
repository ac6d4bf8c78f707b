"""An agent of Acme with a name and a record, made by the real use cases, and the questions about it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.multikey import PrivateKey
from registry.directory.models import Name, ResourceRecord
from registry.directory.register import register_name
from registry.directory.zones import create_zone
from registry.resolution.resolve import resolve


@dataclass
class Listed:
    """What the tests change, and how they ask."""

    organization: Organization
    agent: Agent
    name: Name
    private_key: PrivateKey
    actor: Actor

    def answer(self, query: str = "concierge.acme") -> dict:
        return json.loads(resolve(query, at=now()).body)


@pytest.fixture
def listed(acme, alice, make_agent, at) -> Listed:
    private_key = PrivateKey.generate()
    agent = make_agent(acme, "Concierge", private_key=private_key, description="Books tables.")
    actor = Actor(ActorKind.USER, alice.pk)
    zone = create_zone(organization=acme, label="acme", actor=actor, at=at)
    name = register_name(zone=zone, label="concierge", agent=agent, ttl_seconds=120, actor=actor, at=at)
    ResourceRecord.objects.create(name=name, type="A2A", value="https://acme.example/card.json", ttl_seconds=60)
    return Listed(acme, agent, name, private_key, actor)
