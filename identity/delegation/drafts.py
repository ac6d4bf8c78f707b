"""What drafts say, and those that nobody signed in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from identity.delegation.constraints import parse_constraints
from identity.delegation.link import Terms, read_link
from identity.delegation.models import Delegation, DelegationDraft
from identity.primitives.canonical import parse_json

# Kept for a day beyond their hour, so that a late signature is told why it does not count.
_KEPT = timedelta(days=1)


def terms_of_draft(draft: DelegationDraft) -> Terms:
    """What the draft would grant."""
    subject = draft.document["credentialSubject"]
    return Terms(
        constraints=parse_constraints(subject["limits"]),
        valid_from=datetime.fromisoformat(draft.document["validFrom"]),
        valid_until=datetime.fromisoformat(draft.document["validUntil"]),
        max_further_depth=subject["maxFurtherDepth"],
        allocation=subject["allocation"],
        on_revocation=subject["onRevocation"],
        audience=tuple(subject["audience"]),
    )


def signed_terms(delegation: Delegation) -> Terms:
    """What the delegation grants, as it was signed."""
    return read_link(parse_json(bytes(delegation.credential))).terms


def delete_expired_drafts(*, at: datetime) -> int:
    """Delete what expired a day ago or earlier; how many. Their places in the status lists stay taken: a credential
    may have been signed, and its bit must never speak for another."""
    deleted, _ = DelegationDraft.objects.filter(consumed_at=None, expires_at__lt=at - _KEPT).delete()
    return deleted
