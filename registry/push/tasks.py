"""Celery's part: it delivers. Nothing that must hold waits for it; without workers receivers read for themselves."""

from __future__ import annotations

from celery import shared_task

from identity.primitives.clock import now
from registry.push.dispatch import dispatch
from registry.push.keeping import forget_old_events

WAKING_EXPIRES_SECONDS = 60  # a worker that was away for longer is woken by the timetable anyway


@shared_task(name="push.dispatch", ignore_result=True)
def dispatch_status_events() -> None:
    """Woken by the commit that makes news, and by the timetable for what is due again. Safe to run twice at once."""
    if dispatch().has_more:
        dispatch_status_events.apply_async(expires=WAKING_EXPIRES_SECONDS, retry=False)


@shared_task(name="push.forget_old_events", ignore_result=True)
def forget() -> int:
    """Delete events that are older than receivers may ask for."""
    return forget_old_events(at=now())
