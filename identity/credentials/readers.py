"""Readers of the journal: the credentials of an agent follow it."""

from __future__ import annotations

from collections.abc import Sequence

from identity.credentials.following import FOLLOWED, follow
from identity.journal.drain import reader
from identity.journal.models import Event
from identity.primitives.clock import now


@reader("credentials_follow", kinds=FOLLOWED)
def follow_agents(events: Sequence[Event]) -> None:
    """Bits and identity credentials are brought to where their agents stand. Done again, it finds nothing to do."""
    for event in events:
        follow(event, at=now())
