"""Writing the journal."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import connection

from identity.journal.actor import Actor
from identity.journal.kinds import Payload
from identity.journal.models import Event


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
