"""Who an agent is, read from the register as of one instant."""

from __future__ import annotations

from datetime import datetime

from identity.agents.addresses import registry_did
from identity.agents.did_document import PublishedKey, published_agent_keys
from identity.agents.models import Agent
from identity.credentials.documents import IdentityFacts
from identity.credentials.tenant_issuers import hosted_issuer_did
from identity.primitives.errors import Conflict
from identity.primitives.multikey import PublicKey


def identity_facts(agent: Agent, *, at: datetime) -> IdentityFacts:
    """What an identity credential of ``agent`` would say at ``at``. Conflict ``agent_unclaimed``,
    ``agent_has_no_key``: a credential that nobody could prove to be theirs would serve only a thief."""
    organization = agent.organization
    if organization is None:
        raise Conflict("agent_unclaimed", "Nobody answers for this agent.")
    return IdentityFacts(
        did=agent.did,
        display_name=agent.display_name,
        registered_at=agent.created_at,
        registry=registry_did(),
        keys=tuple((f"{agent.did}#{key.fragment}", key.multikey) for key in valid_keys(agent, at=at)),
        party=hosted_issuer_did(organization.pk),
        party_kind=str(organization.kind),
        party_name=organization.name,
        country=organization.country,
        assurance_level=organization.assurance_level,
    )


def holder_key(agent: Agent, *, at: datetime) -> PublicKey:
    """The key to bind a credential to: the newest one without an end, or the newest that still counts."""
    keys = valid_keys(agent, at=at)
    lasting = [key for key in keys if key.expires is None]
    return PublicKey.from_multikey((lasting or keys)[-1].multikey)


def valid_keys(agent: Agent, *, at: datetime) -> list[PublishedKey]:
    """The agent's keys that count at ``at``, oldest first; at least one, else Conflict ``agent_has_no_key``."""
    keys = published_agent_keys(agent, at)
    if not keys:
        raise Conflict("agent_has_no_key", "The agent has no valid key; add one first.")
    return keys
