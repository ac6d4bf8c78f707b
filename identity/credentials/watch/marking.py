"""Setting and clearing the places of a list that changed: one UPDATE, and one journal event a credential, together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from identity.credentials.models.watch import EntryPurpose
from identity.journal.actor import Actor
from identity.journal.kinds import WatchedCredentialChanged
from identity.journal.record import Entry, record_all

# A revocation that is set stays set: the standard calls it irreversible, so a list that "forgets" one (an older copy
# signed anew, a mended mistake) never makes a withdrawn credential good again.
_MARK = """
    WITH marked AS (
        UPDATE credentials_watchedentry AS entry SET is_set = place.is_set, changed_at = %(at)s
        FROM unnest(%(keys)s::bigint[], %(set)s::boolean[]) AS place (key, is_set)
        WHERE {match} AND entry.is_set <> place.is_set AND NOT (entry.is_set AND entry.purpose = 'revocation')
        RETURNING entry.credential_id, entry.purpose, entry.is_set, entry.agent_id, entry.source_id
    )
    SELECT marked.credential_id, marked.purpose, marked.is_set, marked.agent_id, source.issuer, agent.organization_id
    FROM marked JOIN credentials_watchsource AS source ON source.id = marked.source_id
        JOIN agents_agent AS agent ON agent.id = marked.agent_id
    ORDER BY marked.credential_id
"""
_MARK_BY_PLACE = _MARK.format(match="entry.source_id = %(source)s AND entry.index = place.key")
_MARK_BY_ID = _MARK.format(match="entry.id = place.key")

_CHANGES = {
    (EntryPurpose.REVOCATION, True): "revoked",
    (EntryPurpose.SUSPENSION, True): "suspended",
    (EntryPurpose.SUSPENSION, False): "reinstated",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place and what its list says there; ``key`` is an index, or the id of an entry."""

    key: int
    is_set: bool


def mark_places(source_id: str, marks: Sequence[Mark], *, actor: Actor, at: datetime) -> int:
    """Let the entries of one source at these indexes follow their list; how many changed. Needs a transaction that
    holds the source."""
    return _mark(_MARK_BY_PLACE, marks, actor=actor, at=at, source=source_id)


def mark_entries(marks: Sequence[Mark], *, actor: Actor, at: datetime) -> int:
    """The same for entries by their ids."""
    return _mark(_MARK_BY_ID, marks, actor=actor, at=at)


def _mark(statement: str, marks: Sequence[Mark], *, actor: Actor, at: datetime, **more: Any) -> int:
    if not marks:
        return 0
    parameters = {"at": at, "keys": [mark.key for mark in marks], "set": [mark.is_set for mark in marks], **more}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    return record_all(
        (
            Entry(
                WatchedCredentialChanged(credential, issuer, _CHANGES[EntryPurpose(purpose), is_set]),
                subject=agent,
                organization=organization,
            )
            for credential, purpose, is_set, agent, issuer, organization in rows
        ),
        actor=actor,
        at=at,
    )
