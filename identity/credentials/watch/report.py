"""What is known of watched credentials, for whoever shows it: the signed answer, the console, the desk, the metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from identity.credentials.models.watch import Seen, SourceState
from identity.credentials.watch.states import Facts, SourceFacts, Standing, WatchState, standing_of

# One row a source of a credential, its key's source included; a credential without any has one row of nulls.
_OF_AGENTS = """
    SELECT credential.id, credential.agent_id, credential.seen, credential.issuer, credential.type, credential.digest,
        credential.created_at, credential.valid_until, credential.key_withdrawn_at,
        entry.purpose, entry.is_set, entry.changed_at, source.url, source.state, source.state_since,
        source.verified_at, source.stale_after, source.last_result,
        coalesce(length(source.bits) > 0 AND entry.index >= length(source.bits) * 8, false) AS is_beyond
    FROM credentials_watchedcredential AS credential
    LEFT JOIN LATERAL (
        SELECT source_id, purpose, is_set, changed_at, "index" FROM credentials_watchedentry
        WHERE credential_id = credential.id
        UNION ALL
        SELECT credential.key_source_id, NULL, NULL, NULL, NULL WHERE credential.key_source_id IS NOT NULL
    ) AS entry ON true
    LEFT JOIN credentials_watchsource AS source ON source.id = entry.source_id
    WHERE {wanted}
    ORDER BY credential.id
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """One watched credential and what is known of it."""

    id: str
    agent_id: str
    seen: Seen
    issuer: str
    type: str
    digest: str
    facts: Facts

    @property
    def is_attached(self) -> bool:
        return self.seen == Seen.ATTACHED

    def standing(self, at: datetime) -> Standing:
        return standing_of(self.facts, at)


def watched_of(agent_ids: Collection[str]) -> dict[str, tuple[Watched, ...]]:
    """The watched credentials of these agents, in the order they came, in one statement."""
    by_agent: dict[str, list[Watched]] = defaultdict(list)
    for watched in _read("credential.agent_id = ANY (%s)", list(agent_ids)):
        by_agent[watched.agent_id].append(watched)
    return {agent_id: tuple(found) for agent_id, found in by_agent.items()}


def watched_credential(credential_id: str) -> Watched | None:
    return next(iter(_read("credential.id = ANY (%s)", [credential_id])), None)


def count_by_state(watched: Iterable[Watched], at: datetime) -> dict[WatchState, int]:
    """How many are in which state, worst first, states without any left out."""
    counts = dict.fromkeys(WatchState, 0)
    for each in watched:
        counts[each.standing(at).state] += 1
    return {state: count for state, count in counts.items() if count}


def _read(wanted: str, ids: list[str]) -> list[Watched]:
    with connection.cursor() as cursor:
        cursor.execute(_OF_AGENTS.format(wanted=wanted), [ids])
        rows = cursor.fetchall()
    grouped: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    return [_watched(group) for group in grouped.values()]


def _watched(rows: list[tuple[object, ...]]) -> Watched:
    head = rows[0]
    changes: dict[str, datetime] = {}
    sources = []
    for row in rows:
        purpose, is_set, changed_at, url, state, since, verified_at, stale_after, last_result, is_beyond = row[9:]
        if is_set:
            changes.setdefault(str(purpose), changed_at or head[6])  # type: ignore[arg-type]
        if url is not None:
            sources.append(
                SourceFacts(
                    url=str(url),
                    state=SourceState.INVALID if is_beyond else SourceState(str(state)),
                    state_since=since,  # type: ignore[arg-type]
                    verified_at=verified_at,  # type: ignore[arg-type]
                    stale_after=stale_after,  # type: ignore[arg-type]
                    last_result="the list has no such place" if is_beyond else str(last_result),
                )
            )
    facts = Facts(
        created_at=head[6],  # type: ignore[arg-type]
        valid_until=head[7],  # type: ignore[arg-type]
        key_withdrawn_at=head[8],  # type: ignore[arg-type]
        revoked_at=changes.get("revocation"),
        suspended_at=changes.get("suspension"),
        sources=tuple(sources),
    )
    return Watched(str(head[0]), str(head[1]), Seen(str(head[2])), str(head[3]), str(head[4]), str(head[5]), facts)
