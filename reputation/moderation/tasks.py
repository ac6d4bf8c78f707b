"""What moderation does by the clock. Nothing that stops somebody waits for it; what ends by time ends here."""

from __future__ import annotations

from celery import shared_task

from identity.primitives.clock import now
from reputation.moderation.forgetting import forget_visitors
from reputation.moderation.lapse import end_wind_downs, expire_due, lapse_due
from reputation.moderation.notices import send_waiting


@shared_task(name="moderation.end_due")
def end_due() -> int:
    """End measures that nobody confirmed and those whose time ran out, and what winds down; how many."""
    at = now()
    return lapse_due(at=at) + expire_due(at=at) + end_wind_downs(at=at)


@shared_task(name="moderation.forget_visitors")
def forget_visitors_of_old_reports() -> int:
    """Forget who visitors were, long after what they reported was decided; of how many reports."""
    return forget_visitors(at=now())


@shared_task(name="moderation.send_notices")
def send_notices() -> int:
    """Mail what waits; returns how many notices went out."""
    return send_waiting(at=now())
