"""The journal's readers of status events."""

from __future__ import annotations

from collections.abc import Sequence

from identity.journal.drain import reader
from identity.journal.models import Event
from identity.primitives.clock import now
from registry.push.news import NEWSWORTHY
from registry.push.telling import tell

STATUS_EVENTS = "status_events"


@reader(STATUS_EVENTS, kinds=NEWSWORTHY)
def tell_those_concerned(events: Sequence[Event]) -> None:
    """Tokens are made in the transaction that moves the cursor: each receiver is told once, whatever is killed."""
    tell(events, at=now())
