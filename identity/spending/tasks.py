"""Housekeeping of the ledger. No decision waits for any of it."""

from __future__ import annotations

import logging

from celery import shared_task

from identity.primitives.clock import now
from identity.spending.approvals import expire_unanswered
from identity.spending.cover import follow_covers
from identity.spending.expiry import release_expired, void_ended
from identity.spending.models import IntentNonce
from identity.spending.month_sums import sum_up_changed_months, sum_up_finished_months
from identity.spending.raises import apply_due_raises
from identity.spending.reconcile import note_findings, reconcile

SWEEP_COUNT_MAX = 1_000
NONCES_FORGOTTEN_AT_ONCE = 10_000

logger = logging.getLogger(__name__)


@shared_task(name="spending.release_ended_holds")
def release_ended_holds() -> int:
    """Give back what ran out, and what nobody can capture because its authority ended; returns how many."""
    return release_expired(at=now(), count_max=SWEEP_COUNT_MAX) + void_ended(at=now(), count_max=SWEEP_COUNT_MAX)


@shared_task(name="spending.expire_approvals")
def expire_approvals() -> int:
    """Write down that questions were not answered in time; returns how many."""
    return expire_unanswered(now())


@shared_task(name="spending.forget_nonces")
def forget_nonces() -> int:
    """Delete nonces of intents that have expired by themselves; returns how many."""
    old = IntentNonce.objects.filter(expires_at__lte=now()).order_by("expires_at")
    return IntentNonce.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:NONCES_FORGOTTEN_AT_ONCE])
    ).delete()[0]


@shared_task(name="spending.follow_covers")
def follow_insurance_and_bonds() -> int:
    """Let what agents are insured for follow their credentials; returns how many changed."""
    return follow_covers(at=now())


@shared_task(name="spending.apply_raises")
def apply_raises() -> int:
    """Put wider limits into force whose cooling period is over; returns how many. Until then the old ones hold."""
    return apply_due_raises(at=now())


@shared_task(name="spending.sum_up_finished_months")
def sum_up_finished() -> int:
    """Sum up months that are over for the statements of large principals; returns how many."""
    return sum_up_finished_months()


@shared_task(name="spending.sum_up_changed_months")
def sum_up_changed() -> int:
    """Sum up again the months in which much changed since; returns how many."""
    return sum_up_changed_months()


@shared_task(name="spending.reconcile")
def reconcile_ledger() -> int:
    """Prove that the ledger adds up, and shout if it does not; returns how many findings there are."""
    findings = reconcile()
    for finding in findings:
        logger.critical("the ledger does not add up", extra={"subject": finding.subject, "what": finding.what})
    note_findings(findings, at=now())
    return len(findings)
