"""Scoring's part of the timetable. Nothing here decides about anybody; a late score is yesterday's score."""

from __future__ import annotations

from celery import shared_task

from identity.primitives.clock import now
from reputation.scoring import receipts, refresh


@shared_task(name="scoring.settle_receipts")
def settle_receipts() -> int:
    """Take in every purchase whose fourteen days are over; returns how many were looked at."""
    total = 0
    while looked_at := receipts.settle_receipts(at=now()):
        total += looked_at
    return total


@shared_task(name="scoring.refresh_stale")
def refresh_stale() -> int:
    """Compute the scores that somebody else's change made old; returns how many."""
    total = 0
    while refreshed := refresh.refresh_stale(at=now()):
        total += refreshed
    return total


@shared_task(name="scoring.refresh_all", soft_time_limit=3_300, time_limit=3_600)
def refresh_all() -> int:
    """Compute everybody's score on the new day; returns how many."""
    return sum(count for count, _ in refresh.refresh_all(at=now()))
