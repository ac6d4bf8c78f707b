"""What the registry does to agents' entries: hold them, pause or revoke them, put them back exactly as they were.

Called by the decisions of ``reputation.moderation`` alone; what an organization may do with its own agent is in
``lifecycle``. For many agents at once, since a measure may hit a whole organization.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from identity.agents.models import Agent, AgentStatus, SuspendedBy
from identity.journal.actor import Actor
from identity.journal.kinds import AgentSuspended, Payload
from identity.journal.moderation_kinds import AgentHeld, AgentHoldReleased, AgentRestored, AgentRevoked
from identity.journal.record import Entry, record_all

# One statement for all: Django's bulk_update builds a CASE for each row and column, minutes for a large fleet.
_WRITE = """
UPDATE agents_agent AS agent SET status = new.status, status_reason = new.reason, suspended_by = new.suspended_by,
    status_changed_at = new.changed_at, held_since = new.held_since
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    AS new(id, status, reason, suspended_by, changed_at, held_since)
WHERE agent.id = new.id
"""


@dataclass(frozen=True, slots=True)
class AgentStanding:
    """How an agent stands, to the letter: what a measure replaces, and what its end puts back."""

    status: str
    reason: str
    suspended_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where one locked agent is to be brought. ``standing`` None leaves it as it stands; ``is_restored`` tells an end
    of a measure from its beginning."""

    agent: Agent
    standing: AgentStanding | None
    is_held: bool
    is_restored: bool = False


def lock_agents(ids: Iterable[str]) -> list[Agent]:
    """The rows, locked in the order of their ids, whatever their standing. The caller holds their fences, or that of
    their organization, alone: what relies on their standing has committed or will see the change."""
    return list(Agent.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk"))


def standing_of_agent(agent: Agent) -> AgentStanding:
    return AgentStanding(agent.status, agent.status_reason, agent.suspended_by, agent.status_changed_at)


def suspended_by_registry(*, reason: str, at: datetime) -> AgentStanding:
    return AgentStanding(AgentStatus.SUSPENDED, reason, SuspendedBy.REGISTRY, at)


def revoked_by_registry(*, reason: str, at: datetime) -> AgentStanding:
    return AgentStanding(AgentStatus.REVOKED, reason, "", at)


def bring_agents(wanted: Sequence[Wanted], *, actor: Actor, at: datetime) -> int:
    """Bring these locked agents where they are to stand, with an event for each change; how many changed. One that
    stands so already is left alone, its dates included."""
    entries: list[Entry] = []
    changed: list[Agent] = []
    for one in wanted:
        events = _bring(one, at=at)
        if events:
            changed.append(one.agent)
            entries += [Entry(event, one.agent.pk, one.agent.organization_id) for event in events]
    _write(changed)
    record_all(entries, actor=actor, at=at)
    return len(changed)


def _write(agents: Sequence[Agent]) -> None:
    columns: list[Any] = [
        [agent.pk for agent in agents],
        [str(agent.status) for agent in agents],
        [str(agent.status_reason) for agent in agents],
        [str(agent.suspended_by) for agent in agents],
        [agent.status_changed_at for agent in agents],
        [agent.held_since for agent in agents],
    ]
    if agents:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, columns)


def _bring(wanted: Wanted, *, at: datetime) -> list[Payload]:
    """Change the instance; what happened to it."""
    agent, standing, happened = wanted.agent, wanted.standing, list[Payload]()
    if standing is not None and _differs(agent, standing, is_exact=wanted.is_restored):
        agent.status, agent.status_reason = standing.status, standing.reason
        agent.suspended_by, agent.status_changed_at = standing.suspended_by, standing.changed_at
        happened.append(_event(standing, is_restored=wanted.is_restored))
    if wanted.is_held and agent.held_since is None:
        agent.held_since = at
        happened.append(AgentHeld())
    elif not wanted.is_held and agent.held_since is not None:
        agent.held_since = None
        happened.append(AgentHoldReleased())
    return happened


def _differs(agent: Agent, standing: AgentStanding, *, is_exact: bool) -> bool:
    if is_exact:
        return standing_of_agent(agent) != standing
    return (agent.status, agent.suspended_by) != (standing.status, standing.suspended_by)


def _event(standing: AgentStanding, *, is_restored: bool) -> Payload:
    if is_restored:
        return AgentRestored(standing.status)
    return AgentRevoked(standing.reason) if standing.status == AgentStatus.REVOKED else AgentSuspended(standing.reason)
