"""Writing the journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection

from identity.journal.actor import Actor
from identity.journal.kinds import Payload
from identity.journal.models import Event

EVENTS_PER_STATEMENT = 1_000


def record(payload: Payload, *, subject: str, actor: Actor, at: datetime, organization: str | None = None) -> Event:
    """Write one event in the caller's transaction, so that the change and its record stand or fall together.

    ``subject`` is the typed id of what changed, ``organization`` the accountable party whose activity page
    shows it. Raises RuntimeError outside a transaction: an event of a change that was rolled back would be a lie.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() needs the transaction of the change it records")
    return Event.objects.create(
        kind=payload.kind,
        subject=subject,
        organization=organization,
        actor=str(actor),
        payload=asdict(payload),
        at=at,
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of many: ``subject`` and ``organization`` as ``record`` takes them."""

    payload: Payload
    subject: str
    organization: str | None = None


def record_all(entries: Iterable[Entry], *, actor: Actor, at: datetime) -> int:
    """As ``record``, for a change of many rows at once; how many events were written."""
    if not connection.in_atomic_block:
        raise RuntimeError("record_all() needs the transaction of the change it records")
    events = [
        Event(
            kind=entry.payload.kind,
            subject=entry.subject,
            organization=entry.organization,
            actor=str(actor),
            payload=asdict(entry.payload),
            at=at,
        )
        for entry in entries
    ]
    Event.objects.bulk_create(events, batch_size=EVENTS_PER_STATEMENT)
    return len(events)
