"""The journal's Celery task. It carries news; nothing that must hold waits for it."""

from __future__ import annotations

from celery import shared_task

from identity.journal.drain import drain_all
from identity.journal.sequence import sequence
from identity.primitives.clock import now


@shared_task(name="journal.follow", ignore_result=True)
def follow() -> dict[str, int]:
    """Stamp what is committed, then let every reader catch up. Safe to run twice, also at once."""
    sequence()
    return drain_all(at=now()).passed
