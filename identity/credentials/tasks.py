"""What Celery does for credentials: publishing and sweeping, never deciding."""

from __future__ import annotations

from celery import shared_task

from identity.credentials import publish
from identity.primitives.clock import now


@shared_task(name="credentials.publish_status_lists", ignore_result=True)
def publish_status_lists() -> None:
    """Runs every second, so a list is published once a second at most however many of its entries change. What one
    run misses the next one finds: which lists wait stands in the database, not in a message."""
    publish.publish_due(at=now())
