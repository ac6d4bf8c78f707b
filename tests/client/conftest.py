"""An agent and a shop with the client library, before a running register; the use cases made them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from identity.accounts.organizations import personal_organization
from identity.accounts.service_keys import create_service_key
from identity.agents.addresses import registry_did
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from registry.client import AgentClient, VendorClient
from tests.spending.conftest import (  # noqa: F401
    TOTAL_500,
    Holder,
    buyer,
    grant,
    make_holder,
    nordlicht,
    planner,
)


@pytest.fixture
def shop(live_server: Any, nordlicht: Any, charlie: Any, at: Any) -> Iterator[VendorClient]:  # noqa: F811
    """Nordlicht, by a service key of the organization that runs it."""
    _, token = create_service_key(
        organization=personal_organization(charlie, at),
        name="Till",
        scopes=["authorizations_read", "authorizations_write"],
        expires_at=None,
        actor=Actor(ActorKind.USER, charlie.pk),
        at=at,
        created_by=charlie,
    )
    with VendorClient(
        live_server.url, nordlicht.did, service_key=token, registry_did=registry_did(), sleep=no_pause
    ) as client:
        yield client


@pytest.fixture
def connect(live_server: Any) -> Iterator[Callable[[Holder], AgentClient]]:
    """The client of an agent."""
    opened: list[AgentClient] = []

    def make(holder: Holder) -> AgentClient:
        client = AgentClient(
            live_server.url, holder.agent.did, holder.private_key, registry_did=registry_did(), sleep=no_pause
        )
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def link(grant: Callable[..., Delegation], buyer: Holder) -> Delegation:  # noqa: F811
    return grant(buyer, TOTAL_500)


def no_pause(seconds: float) -> None:
    assert seconds >= 0
