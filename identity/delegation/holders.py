"""Who may hold and issue: an active agent, by a key of its own that is good now."""

from __future__ import annotations

from datetime import datetime

from identity.accounts.models import Organization
from identity.agents.models import Agent, AgentStatus, VerificationMethod
from identity.credentials.tenant_issuers import hosted_issuer_did
from identity.primitives.errors import Conflict, InvalidInput


def require_active(agent: Agent) -> Organization:
    """The organization that runs ``agent``. Conflict ``agent_not_active``: authority is never given to an agent that
    could not use it, since it would come alive unseen when the agent does."""
    if agent.status != AgentStatus.ACTIVE or agent.organization is None:
        raise Conflict("agent_not_active", "This agent is not active; nothing can be delegated to it or by it.")
    if agent.organization.deplatformed_at is not None:  # while it winds down too: what was given may end, nothing new
        raise Conflict("agent_not_active", "The organization of this agent was deplatformed; nothing new begins.")
    return agent.organization


def refuse_bare_key(did: str) -> None:
    """InvalidInput ``holder_unregistered`` for a ``did:key`` that no agent is registered under.

    Stops authority from going to a key that nobody answers for: it could be suspended by nobody, would have no
    organization for the chain to name, and would come alive as whatever registers the key later.
    """
    if did.startswith("did:key:"):
        raise InvalidInput(
            "holder_unregistered",
            "A key by itself holds nothing here. Register the sub-agent with it first, then pass on to that agent.",
            field="agent",
        )


def holder_key(agent: Agent, *, fragment: str | None = None, at: datetime) -> VerificationMethod:
    """The one key that may use a delegation: the named one, or the newest that is good and not on its way out.

    InvalidInput ``holder_key_not_valid``.
    """
    methods = agent.verification_methods.order_by("-id")
    good = [method for method in methods if method.is_valid(at) and (fragment or method.valid_until is None)]
    for method in good:
        if fragment is None or method.fragment == fragment:
            return method
    raise InvalidInput("holder_key_not_valid", "The agent has no such key that is valid now.", field="holder_key")


def key_still_good(agent: Agent, thumbprint: str, *, at: datetime) -> bool:
    """Whether the agent has this key and it is good at ``at``."""
    return any(method.is_valid(at) for method in agent.verification_methods.filter(thumbprint=thumbprint))


def operator_did(organization: Organization) -> str:
    """The DID of the organization that runs an agent, as links name it."""
    return hosted_issuer_did(organization.pk)
