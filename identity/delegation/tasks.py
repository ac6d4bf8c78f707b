"""What Celery does for delegations: sweeping, never deciding."""

from __future__ import annotations

from celery import shared_task

from identity.delegation.drafts import delete_expired_drafts as delete_expired
from identity.primitives.clock import now


@shared_task(name="delegation.delete_expired_drafts", ignore_result=True)
def delete_expired_drafts() -> None:
    """Runs every hour; a second run finds nothing to do."""
    delete_expired(at=now())
