"""What Celery does for the directory: looking again, never deciding alone."""

from __future__ import annotations

from celery import shared_task

from identity.primitives.clock import now
from registry.directory import domain_checks
from registry.directory.models import NameTransfer, TransferState


@shared_task(ignore_result=True)
def check_due_domains() -> None:
    """Runs every few minutes; each domain is due about once a day."""
    domain_checks.check_due_domains(at=now())


@shared_task(ignore_result=True)
def expire_transfers() -> None:
    """Tidies what the rules already take for over."""
    NameTransfer.objects.filter(state=TransferState.PENDING, expires_at__lte=now()).update(state=TransferState.EXPIRED)
