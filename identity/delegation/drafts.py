"""Drafts that nobody signed in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from identity.delegation.models import DelegationDraft

# Kept for a day beyond their hour, so that a late signature is told why it does not count.
_KEPT = timedelta(days=1)


def delete_expired_drafts(*, at: datetime) -> int:
    """Delete what expired a day ago or earlier; how many. Their places in the status lists stay taken: a credential
    may have been signed, and its bit must never speak for another."""
    deleted, _ = DelegationDraft.objects.filter(consumed_at=None, expires_at__lt=at - _KEPT).delete()
    return deleted
