"""What the registry does to an agent's entry: hold it, pause it, revoke it, and put it back exactly as it was.

Called by the decisions of ``reputation.moderation`` alone; what an organization may do with its own agent is in
``lifecycle``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from identity.agents.models import Agent, AgentStatus, SuspendedBy
from identity.journal.actor import Actor
from identity.journal.kinds import AgentSuspended
from identity.journal.moderation_kinds import AgentHeld, AgentHoldReleased, AgentRestored, AgentRevoked
from identity.journal.record import record
from identity.primitives.errors import Conflict

_STANDING = ["status", "status_reason", "status_changed_at", "suspended_by"]
_MEASURES = (AgentStatus.SUSPENDED, AgentStatus.REVOKED)


@dataclass(frozen=True, slots=True)
class StandingBefore:
    """How an agent stood before the registry's first measure, to put it back to the letter."""

    status: str
    reason: str
    suspended_by: str
    changed_at: datetime


def lock_whole(agent_id: str) -> Agent:
    """The agent's row, locked, whatever its standing. The caller holds its fence, or that of its organization, alone:
    whatever relies on its standing has committed or will see the change."""
    return Agent.objects.select_for_update(no_key=True).get(pk=agent_id)


def standing_before(agent: Agent) -> StandingBefore:
    return StandingBefore(agent.status, agent.status_reason, agent.suspended_by, agent.status_changed_at)


def impose_standing(agent: Agent, status: AgentStatus, *, reason: str, actor: Actor, at: datetime) -> None:
    """Suspend or revoke the locked agent in the registry's name; nothing changes when it stands so already.

    Conflict ``agent_unclaimed``: nobody answers for it, so there is nobody to tell and nothing that it could do.
    """
    if status not in _MEASURES:
        raise ValueError(f"{status} is not a measure")
    if agent.status == AgentStatus.UNCLAIMED:
        raise Conflict("agent_unclaimed", "Nobody has claimed this agent; there is nothing to suspend.")
    is_there = agent.status == status and (status == AgentStatus.REVOKED or agent.suspended_by == SuspendedBy.REGISTRY)
    if is_there or agent.status == AgentStatus.DEACTIVATED:
        return
    agent.status, agent.status_reason, agent.status_changed_at = status, reason, at
    agent.suspended_by = SuspendedBy.REGISTRY if status == AgentStatus.SUSPENDED else ""
    agent.save(update_fields=_STANDING)
    event = AgentRevoked(reason) if status == AgentStatus.REVOKED else AgentSuspended(reason)
    record(event, subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)


def restore_standing(agent: Agent, before: StandingBefore, *, actor: Actor, at: datetime) -> None:
    """Put the locked agent back to ``before``, the date of that standing included. One that was deactivated meanwhile
    stays so."""
    if agent.status == AgentStatus.DEACTIVATED or standing_before(agent) == before:
        return
    agent.status, agent.status_reason = before.status, before.reason
    agent.suspended_by, agent.status_changed_at = before.suspended_by, before.changed_at
    agent.save(update_fields=_STANDING)
    record(AgentRestored(before.status), subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)


def hold_entry(agent: Agent, *, actor: Actor, at: datetime) -> None:
    """Hold the locked agent's entry; twice changes nothing."""
    if agent.held_since is None:
        agent.held_since = at
        agent.save(update_fields=["held_since"])
        record(AgentHeld(), subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)


def release_entry(agent: Agent, *, actor: Actor, at: datetime) -> None:
    """End the hold of the locked agent's entry, if there is one."""
    if agent.held_since is not None:
        agent.held_since = None
        agent.save(update_fields=["held_since"])
        record(AgentHoldReleased(), subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)
