"""What Celery does for agents: sweeping, never deciding."""

from __future__ import annotations

from celery import shared_task

from identity.agents import challenges
from identity.primitives.clock import now


@shared_task(ignore_result=True)
def delete_expired_challenges() -> None:
    """Runs every ten minutes; a second run finds nothing to do."""
    challenges.delete_expired_challenges(at=now())
