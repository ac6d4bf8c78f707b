"""The API's own sweeps. Safe to run twice, and to leave out for a while."""

from __future__ import annotations

from celery import shared_task

from identity.primitives.clock import now
from registry.api.idempotency import forget_expired


@shared_task(name="api.forget_idempotency_records")
def forget_idempotency_records() -> int:
    """Delete the answers that were kept for more than a day."""
    return forget_expired(now())
