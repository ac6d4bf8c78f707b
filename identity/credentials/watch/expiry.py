"""Noting in the journal that a watched credential has expired. Nothing waits for it: every answer looks at the date."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.credentials.models.watch import WatchedCredential
from identity.credentials.watch.conclude import ACTOR
from identity.journal.kinds import WatchedCredentialChanged
from identity.journal.record import Entry, record_all

BATCH = 1_000


def note_expired(*, at: datetime) -> int:
    """One event each, once; how many were noted. What another worker is noting is left to it."""
    with transaction.atomic():
        due = WatchedCredential.objects.filter(is_expiry_noted=False, valid_until__lte=at)
        rows = due.select_for_update(skip_locked=True, of=["self"]).select_related("agent").defer("document")
        expired = list(rows.order_by("valid_until")[:BATCH])
        WatchedCredential.objects.filter(pk__in=[each.pk for each in expired]).update(is_expiry_noted=True)
        return record_all(
            (
                Entry(
                    WatchedCredentialChanged(each.pk, each.issuer, "expired"),
                    subject=each.agent_id,
                    organization=each.agent.organization_id,
                )
                for each in expired
            ),
            actor=ACTOR,
            at=at,
        )
