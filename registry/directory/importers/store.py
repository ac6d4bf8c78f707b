"""Writing imported entries in sets: a few statements a chunk, whatever its size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from identity.agents.addresses import agent_did
from identity.agents.models import Agent, AgentKind, AgentStatus
from identity.primitives.ids import new_agent_id, new_name_id, new_record_id
from registry.directory.importers.mcp_entry import Entry
from registry.directory.models import TTL_SECONDS_DEFAULT, Name, ResourceRecord, Zone, ZoneKind
from registry.directory.names import MCP_DIRECTORY_LABEL
from registry.directory.zones import zone_skeleton

ORIGIN = MCP_DIRECTORY_LABEL
ORIGIN_ID_LENGTH_MAX = 200

_COPY_AGENTS = """COPY agents_agent (id, did, kind, display_name, description, capabilities, homepage, status,
    status_reason, status_changed_at, suspended_by, origin, origin_id, origin_digest, created_at) FROM STDIN"""
_COPY_NAMES = """COPY directory_name (id, fqn, zone_id, skeleton, agent_id, ttl_seconds, statuses, registered_at)
    FROM STDIN"""
_COPY_RECORDS = "COPY directory_resourcerecord (id, name_id, type, value, ttl_seconds) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Outcome:
    created: int
    updated: int
    unchanged: int
    claimed: int


def store_entries(entries: Sequence[Entry], *, at: datetime) -> Outcome:
    """Create or update the agents of these entries, in the caller's transaction; their names are all different."""
    known = _known_agents(entries)
    fresh = [entry for entry in entries if origin_id(entry.fqn) not in known]
    changed, unchanged, claimed = [], 0, 0
    for entry in entries:
        agent = known.get(origin_id(entry.fqn))
        if agent is None:
            continue
        if agent.status != AgentStatus.UNCLAIMED:
            claimed += 1
        elif agent.origin_digest == entry.digest:
            unchanged += 1
        else:
            changed.append((agent, entry))
    _create(fresh, zone=directory_zone(at=at), at=at)
    _update(changed)
    return Outcome(created=len(fresh), updated=len(changed), unchanged=unchanged, claimed=claimed)


def directory_zone(*, at: datetime) -> Zone:
    """The zone of imported names; nobody holds it."""
    zone, _ = Zone.objects.get_or_create(
        label=MCP_DIRECTORY_LABEL,
        defaults={
            "kind": ZoneKind.DIRECTORY,
            "skeleton": zone_skeleton(MCP_DIRECTORY_LABEL),
            "created_at": at,
        },
    )
    return zone


def origin_id(fqn: str) -> str:
    """What tells entries of the directory apart for ever: the name, or its hash when it is too long a key."""
    return fqn if len(fqn) <= ORIGIN_ID_LENGTH_MAX else f"sha256:{sha256(fqn.encode()).hexdigest()}"


def _known_agents(entries: Sequence[Entry]) -> dict[str, Agent]:
    """Locked, so that a claim at this moment is either seen here or waits for the import."""
    agents = (
        Agent.objects.select_for_update(no_key=True)
        .filter(origin=ORIGIN, origin_id__in=[origin_id(entry.fqn) for entry in entries])
        .order_by("id")
        .only("id", "origin_id", "origin_digest", "status")
    )
    return {agent.origin_id: agent for agent in agents}


def _create(entries: Sequence[Entry], *, zone: Zone, at: datetime) -> None:
    rows = [(new_agent_id(), new_name_id(), entry) for entry in entries]
    _copy(_COPY_AGENTS, (_agent_row(agent, entry, at) for agent, _, entry in rows))
    # The skeleton is the name itself: a foreign directory's names are carried as they are, look-alikes included.
    _copy(
        _COPY_NAMES,
        ((name, entry.fqn, zone.pk, entry.fqn, agent, TTL_SECONDS_DEFAULT, [], at) for agent, name, entry in rows),
    )
    _copy(
        _COPY_RECORDS,
        (
            (new_record_id(), name, record_type, value, TTL_SECONDS_DEFAULT)
            for _, name, entry in rows
            for record_type, value in entry.records
        ),
    )


def _agent_row(agent_id: str, entry: Entry, at: datetime) -> tuple[Any, ...]:
    return (
        agent_id,
        agent_did(agent_id),
        AgentKind.FOREIGN.value,
        entry.display_name,
        entry.description,
        list(entry.capabilities),
        entry.homepage,
        AgentStatus.UNCLAIMED.value,
        "",
        at,
        "",
        ORIGIN,
        origin_id(entry.fqn),
        entry.digest,
        at,
    )


def _copy(statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _update(changed: Sequence[tuple[Agent, Entry]]) -> None:
    if not changed:
        return
    for agent, entry in changed:
        agent.display_name, agent.description = entry.display_name, entry.description
        agent.capabilities, agent.homepage = list(entry.capabilities), entry.homepage
        agent.origin_digest = entry.digest
    Agent.objects.bulk_update(
        [agent for agent, _ in changed],
        ["display_name", "description", "capabilities", "homepage", "origin_digest"],
        batch_size=500,
    )
    names = dict(Name.objects.filter(fqn__in=[entry.fqn for _, entry in changed]).values_list("fqn", "id"))
    ResourceRecord.objects.filter(name_id__in=names.values()).delete()
    ResourceRecord.objects.bulk_create(
        ResourceRecord(name_id=names[entry.fqn], type=record_type, value=value)
        for _, entry in changed
        for record_type, value in entry.records
    )
