"""Scoring's part of the timetable. Nothing here decides about anybody; a late score is yesterday's score."""

from __future__ import annotations

from celery import shared_task

from identity.primitives.clock import now
from reputation.scoring import receipts, refresh
from reputation.scoring.limits import NIGHTLY_RANGES


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


@shared_task(name="scoring.refresh_all")
def refresh_all() -> int:
    """Have everybody's score computed on the new day, in ranges that several workers share; returns how many ranges."""
    ranges = refresh.ranges_of_agents(NIGHTLY_RANGES)
    for after, until in ranges:
        refresh_range.delay(after, until)
    return len(ranges)


@shared_task(name="scoring.refresh_range", soft_time_limit=3_000, time_limit=3_100)
def refresh_range(after: str, until: str | None) -> int:
    """Compute the scores of the agents with ids in ``(after, until]``; returns how many. Safe to run twice."""
    return sum(count for count, _ in refresh.refresh_all(at=now(), after=after, until=until))
