"""The human's answer: approve once, decline, or decline and pause. One answer a person, and it stands."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from identity.accounts.models import User
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission, may
from identity.delegation.capacity import capacities
from identity.delegation.models import Delegation
from identity.delegation.revoke import SuspensionReason
from identity.journal.actor import Actor, system
from identity.journal.record import record
from identity.journal.spending_kinds import ApprovalAnswered
from identity.primitives.errors import Conflict, NotPermitted
from identity.primitives.money import Money
from identity.spending.approvals import lock_pending
from identity.spending.limits import DECLINES_COUNTED_FOR, DECLINES_SUSPEND_AFTER, ELEVATION_LIFETIME
from identity.spending.models import Approval, ApprovalState, ApprovalVote, Elevation, Vote
from identity.spending.pausing import pause_link

_ASSURANCE_WORDS = (
    "verified by nobody",
    "its domain is proven",
    "its legal entity is verified",
    "verified on site or by payment",
)


_ANSWERING_ROLES = [role for role, found in ROLE_PERMISSIONS.items() if Permission.APPROVALS_WRITE in found]


def displayed_text(approval: Approval) -> str:
    """What the approver is shown and signs over. Made of registered facts; the agent's own words are not in it.

    The question's id is in it: stops an assertion for an earlier question about the same purchase from answering this.
    """
    deal = approval.transaction
    amount, most = (Money(deal[name]["amount"], deal[name]["currency"]) for name in ("amount", "max_amount"))
    upper = f", at most {most.digits()}" if most != amount else ""
    place = ", ".join([*deal["vendor_domains"], deal["vendor_country"], _ASSURANCE_WORDS[deal["vendor_assurance"]]])
    lines = [
        f"{' → '.join(deal['agents'])} asks to spend {amount.digits()} ({amount.words()}){upper}",
        f"at {deal['vendor_name']} ({place}).",
        f"Vendor: {deal['vendor']}",
        f"Action: {deal['action']}",
        f"Order: {deal['order_hash']}",
        f"Question: {approval.pk}",
        *(f"Why you are asked: {reason}" for reason in reasons_of(approval)),
        "If you approve, this one purchase may go through once within 10 minutes.",
    ]
    return "\n".join(lines)


def reasons_of(approval: Approval) -> list[str]:
    """Why the human is asked, each reason once: every link of a chain may carry the same limit."""
    return list(dict.fromkeys(reason["detail"] or reason["code"] for reason in approval.why))


def approve(*, approval: Approval, approver: User, evidence: dict[str, Any], actor: Actor, at: datetime) -> Approval:
    """Count the approver's yes; the last one that is needed mints the elevation. ``evidence`` is the checked passkey
    assertion over ``binding_digest`` and ``displayed_text``.

    Conflict ``approval_ended`` or ``already_voted``; NotPermitted ``approver_not_eligible``.
    """
    with transaction.atomic():
        approval = _vote(approval, approver, Vote.APPROVE, evidence, at)
        if counted_yes(approval).count() < approval.quorum:
            return approval
        Elevation.objects.create(
            approval=approval,
            binding_digest=approval.binding_digest,
            max_amount=approval.transaction["max_amount"]["amount"],
            lifts=approval.lifts,
            valid_until=at + ELEVATION_LIFETIME,
        )
        _answered(approval, ApprovalState.APPROVED, actor=actor, at=at)
    return approval


def decline(*, approval: Approval, approver: User, actor: Actor, at: datetime) -> Approval:
    """Say no. After five in seven days about one link the registry suspends it: somebody should look at that agent.

    Raises as ``approve``.
    """
    with transaction.atomic():
        pauses = _declines(approval.leaf, at) + 1 >= DECLINES_SUSPEND_AFTER
        if pauses:  # before any row lock: the fence comes first
            reason = SuspensionReason.DECLINED_OFTEN
            pause_link(approval.leaf, reason=reason, actor=system("approvals"), at=at)
        approval = _vote(approval, approver, Vote.DENY, None, at)
        _answered(approval, ApprovalState.DENIED, actor=actor, at=at)
    return approval


def decline_and_pause(*, approval: Approval, approver: User, actor: Actor, at: datetime) -> Approval:
    """Say no and suspend the link the agent spends on, in the principal's name."""
    with transaction.atomic():
        _require_approver(approval, approver)
        by_principal = capacities(Delegation.objects.get(pk=approval.leaf), organization=approval.principal)
        pause_link(approval.leaf, reason=SuspensionReason.PAUSED, capacities=by_principal, actor=actor, at=at)
        approval = _vote(approval, approver, Vote.DENY, None, at)
        _answered(approval, ApprovalState.DENIED, actor=actor, at=at)
    return approval


def counted_yes(approval: Approval) -> QuerySet[ApprovalVote]:
    """The yeses that count: of people who may still answer. Who left, or lost the role for it, has no say any more."""
    return approval.votes.filter(
        vote=Vote.APPROVE,
        approver__is_active=True,
        approver__memberships__organization=approval.principal_id,
        approver__memberships__role__in=_ANSWERING_ROLES,
    )


def _vote(approval: Approval, approver: User, vote: Vote, evidence: dict[str, Any] | None, at: datetime) -> Approval:
    _require_approver(approval, approver)
    approval = lock_pending(approval, at)
    _require_approver(approval, approver)  # again: she may have left while this waited for the lock
    if approval.votes.filter(approver=approver).exists():
        raise Conflict("already_voted", "You have answered this question.")
    ApprovalVote.objects.create(
        approval=approval,
        approver=approver,
        vote=vote,
        evidence=evidence,
        displayed_text_digest=sha256(displayed_text(approval).encode()).hexdigest(),
        at=at,
    )
    return approval


def _require_approver(approval: Approval, approver: User) -> None:
    """Stops staff of whoever runs the agent from approving its own spending: only the principal's people may."""
    if not may(approver, approval.principal, Permission.APPROVALS_WRITE):
        raise NotPermitted("approver_not_eligible", "Only the principal's own people can answer this.")


def _answered(approval: Approval, state: ApprovalState, *, actor: Actor, at: datetime) -> None:
    approval.state, approval.decided_at = state, at
    approval.save(update_fields=["state", "decided_at"])
    record(ApprovalAnswered(state.value), subject=approval.pk, actor=actor, at=at, organization=approval.principal_id)


def _declines(leaf: str, at: datetime) -> int:
    return Approval.objects.filter(
        leaf=leaf, state=ApprovalState.DENIED, decided_at__gt=at - DECLINES_COUNTED_FOR
    ).count()
