"""Entering the register: an organization answers for an agent, the agent's own key proves itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from identity.accounts.bars import refuse_barred_organization
from identity.accounts.models import Organization
from identity.agents.addresses import agent_did
from identity.agents.capacity import refuse_too_many_agents
from identity.agents.challenges import consume_challenge, issue_challenge
from identity.agents.claim import claim_agent
from identity.agents.enroll import enroll_key, lock_free
from identity.agents.models import Agent, AgentKind, AgentStatus, ChallengePurpose
from identity.agents.profile import clean_capabilities, clean_description, clean_display_name, clean_homepage
from identity.journal.actor import Actor
from identity.journal.kinds import AgentChanged, AgentRegistered
from identity.journal.record import record
from identity.primitives.ids import new_agent_id

__all__ = ["claim_agent", "issue_challenge", "register_agent", "update_agent"]


def register_agent(
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
    """A new active agent under the key that signed the challenge.

    Raises what ``consume_challenge`` and ``enroll_key`` raise, InvalidInput for its profile, and
    Conflict ``too_many_agents``, NotPermitted ``barred``.
    """
    agent_id = new_agent_id()
    agent = Agent(
        id=agent_id,
        did=agent_did(agent_id),
        kind=AgentKind.HOSTED,
        organization=organization,
        display_name=clean_display_name(display_name),
        description=clean_description(description),
        capabilities=clean_capabilities(capabilities),
        homepage=clean_homepage(homepage),
        status=AgentStatus.ACTIVE,
        status_changed_at=at,
        created_at=at,
    )
    with transaction.atomic():
        refuse_too_many_agents(organization)
        refuse_barred_organization(organization, actor=actor, at=at)
        public_key = consume_challenge(
            organization=organization,
            challenge_id=challenge_id,
            purpose=ChallengePurpose.REGISTER,
            agent=None,
            signature=signature,
            at=at,
        )
        agent.save(force_insert=True)
        method = enroll_key(agent=agent, public_key=public_key, at=at)
        event = AgentRegistered(did=agent.did, thumbprint=method.thumbprint)
        record(event, subject=agent.id, actor=actor, at=at, organization=organization.id)
    return agent


def update_agent(
    *,
    agent: Agent,
    display_name: str | None = None,
    description: str | None = None,
    capabilities: Sequence[str] | None = None,
    homepage: str | None = None,
    actor: Actor,
    at: datetime,
) -> Agent:
    """Change what an agent says of itself; None leaves a part as it is. Nothing changed, nothing recorded."""
    wanted: dict[str, object] = {}
    if display_name is not None:
        wanted["display_name"] = clean_display_name(display_name)
    if description is not None:
        wanted["description"] = clean_description(description)
    if capabilities is not None:
        wanted["capabilities"] = clean_capabilities(capabilities)
    if homepage is not None:
        wanted["homepage"] = clean_homepage(homepage)
    with transaction.atomic():
        agent = lock_free(agent)
        changed = [field for field, value in wanted.items() if getattr(agent, field) != value]
        for field in changed:
            setattr(agent, field, wanted[field])
        if changed:
            agent.save(update_fields=changed)
            record(AgentChanged(changed), subject=agent.id, actor=actor, at=at, organization=agent.organization_id)
    return agent
