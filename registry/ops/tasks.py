"""Celery tasks of operating: signs of life and tidying."""

from __future__ import annotations

import time

from celery import shared_task
from django.core.cache import cache
from django.core.management import call_command

HEARTBEAT_KEY = "ops.heartbeat"
HEARTBEAT_SECONDS = 30
HEARTBEAT_KEPT_SECONDS = 86_400


@shared_task(name="ops.heartbeat")
def heartbeat() -> None:
    """Note that beat, broker and worker all stand; ``/metrics`` shows how long ago."""
    cache.set(HEARTBEAT_KEY, time.time(), HEARTBEAT_KEPT_SECONDS)


@shared_task(name="ops.clear_expired_sessions")
def clear_expired_sessions() -> None:
    """Delete the rows of sessions that have ended; safe to run twice."""
    call_command("clearsessions")
