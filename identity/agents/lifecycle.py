"""The standing of an agent: active, suspended (by its organization or by the registry), deactivated for good."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from identity.agents import fence
from identity.agents.enroll import lock_living, refuse_held
from identity.agents.keys import RevocationReason
from identity.agents.models import Agent, AgentStatus, SuspendedBy
from identity.journal.actor import Actor
from identity.journal.kinds import AgentDeactivated, AgentReinstated, AgentSuspended
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted


class SuspensionReason(StrEnum):
    """Why an agent is paused. The first four an organization may give for its own, the rest are the registry's."""

    MAINTENANCE = "maintenance"
    KEY_COMPROMISED = "key_compromised"
    MISBEHAVIOUR = "misbehaviour"
    UNSPECIFIED = "unspecified"
    ABUSE_REPORTED = "abuse_reported"
    IMPERSONATION = "impersonation"
    POLICY_VIOLATION = "policy_violation"
    LEGAL_ORDER = "legal_order"


class DeactivationReason(StrEnum):
    """Why an agent has ended."""

    CESSATION_OF_OPERATION = "cessation_of_operation"
    REPLACED = "replaced"
    KEY_COMPROMISED = "key_compromised"
    REGISTERED_BY_MISTAKE = "registered_by_mistake"
    UNSPECIFIED = "unspecified"


CONTROLLER_SUSPENSION_REASONS = (
    SuspensionReason.MAINTENANCE,
    SuspensionReason.KEY_COMPROMISED,
    SuspensionReason.MISBEHAVIOUR,
    SuspensionReason.UNSPECIFIED,
)


def suspend(*, agent: Agent, reason: SuspensionReason, by: SuspendedBy, actor: Actor, at: datetime) -> Agent:
    """Pause an agent: it keeps its names and keys and every resolver says that it is suspended.

    The registry may take over a suspension its organization began; the other way round is refused, since the
    organization could then lift what the registry imposed. Raises Conflict ``agent_already_suspended`` or
    ``agent_unclaimed``, InvalidInput ``suspension_reason``.
    """
    if by == SuspendedBy.CONTROLLER and reason not in CONTROLLER_SUSPENSION_REASONS:
        raise InvalidInput("suspension_reason", "This reason is the registry's to give.", field="reason")
    with transaction.atomic():
        agent = _lock_standing(agent)
        if agent.status == AgentStatus.UNCLAIMED:
            raise Conflict("agent_unclaimed", "Nobody has claimed this agent; there is nothing to suspend.")
        taken_over = by == SuspendedBy.REGISTRY and agent.suspended_by == SuspendedBy.CONTROLLER
        if agent.status == AgentStatus.SUSPENDED and not taken_over:
            raise Conflict("agent_already_suspended", "This agent is suspended already.")
        _set_status(agent, AgentStatus.SUSPENDED, reason=reason, by=by, at=at)
        record(AgentSuspended(reason), subject=agent.id, actor=actor, at=at, organization=agent.organization_id)
    return agent


def reinstate(*, agent: Agent, by: SuspendedBy, actor: Actor, at: datetime) -> Agent:
    """Lift a suspension. Raises Conflict ``agent_not_suspended``, NotPermitted ``suspended_by_registry``."""
    with transaction.atomic():
        agent = _lock_standing(agent)
        if agent.status != AgentStatus.SUSPENDED:
            raise Conflict("agent_not_suspended", "This agent is not suspended.")
        if agent.suspended_by == SuspendedBy.REGISTRY and by != SuspendedBy.REGISTRY:
            raise NotPermitted("suspended_by_registry", "The registry suspended this agent; only it can reinstate it.")
        _set_status(agent, AgentStatus.ACTIVE, reason="", by=None, at=at)
        record(AgentReinstated(), subject=agent.id, actor=actor, at=at, organization=agent.organization_id)
    return agent


def deactivate(*, agent: Agent, reason: DeactivationReason, actor: Actor, at: datetime) -> Agent:
    """End an agent for good. Its valid keys end with it, so that no reader who looks at keys alone is misled; its
    thumbprints and its DID stay taken. Gone("agent_deactivated") the second time, Conflict ``registry_hold``."""
    with transaction.atomic():
        agent = _lock_standing(agent)
        refuse_held(agent)
        _set_status(agent, AgentStatus.DEACTIVATED, reason=reason, by=None, at=at)
        cessation = RevocationReason.CESSATION_OF_OPERATION.value
        agent.verification_methods.filter(revoked_at=None).update(revoked_at=at, revoked_reason=cessation)
        record(AgentDeactivated(reason), subject=agent.id, actor=actor, at=at, organization=agent.organization_id)
    return agent


def _lock_standing(agent: Agent) -> Agent:
    """The locked agent, behind its fence: whatever relies on its standing has committed or will see the change."""
    fence.exclusive(agent.pk)
    return lock_living(agent)


def _set_status(agent: Agent, status: AgentStatus, *, reason: str, by: SuspendedBy | None, at: datetime) -> None:
    agent.status, agent.status_reason, agent.status_changed_at = status, str(reason), at
    agent.suspended_by = str(by) if by else ""
    agent.save(update_fields=["status", "status_reason", "status_changed_at", "suspended_by"])
