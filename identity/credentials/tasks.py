"""What Celery does for credentials: publishing and sweeping, never deciding."""

from __future__ import annotations

from celery import shared_task

from identity.credentials import prepared, publish, renewal
from identity.primitives.clock import now


@shared_task(name="credentials.publish_status_lists", ignore_result=True)
def publish_status_lists() -> None:
    """Runs every second, so a list is published once a second at most however many of its entries change. What one
    run misses the next one finds: which lists wait stands in the database, not in a message."""
    publish.publish_due(at=now())


@shared_task(name="credentials.end_and_renew", ignore_result=True)
def end_and_renew() -> None:
    """Runs every minute: bits of replaced credentials are set, identity credentials renewed before they end, and
    prepared documents that nobody signed forgotten."""
    at = now()
    renewal.end_due(at=at)
    renewal.renew_due(at=at)
    prepared.delete_expired_prepared(at=at)
