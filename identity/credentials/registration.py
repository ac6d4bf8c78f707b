"""Registration with papers: an agent and its first identity credential, in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.agents.register import register_agent
from identity.credentials.issue import issue_identity
from identity.credentials.models import Credential
from identity.journal.actor import Actor


def register_agent_with_credential(
    *,
    organization: Organization,
    challenge_id: str,
    signature: bytes,
    display_name: str,
    description: str = "",
    capabilities: Sequence[str] = (),
    homepage: str = "",
    actor: Actor,
    at: datetime,
) -> Agent:
    """As ``register_agent``, and the registry's word on who the agent is. Raises Unavailable
    ``registry_key_unreadable`` too: nobody is registered without papers."""
    with transaction.atomic():
        agent = register_agent(
            organization=organization,
            challenge_id=challenge_id,
            signature=signature,
            display_name=display_name,
            description=description,
            capabilities=capabilities,
            homepage=homepage,
            actor=actor,
            at=at,
        )
        issue_first_credential(agent, actor=actor, at=at)
    return agent


def issue_first_credential(agent: Agent, *, actor: Actor, at: datetime) -> Credential:
    """The identity credential of an agent that was registered or claimed a moment ago, in the same transaction."""
    return issue_identity(agent=agent, actor=actor, at=at)
