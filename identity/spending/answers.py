"""The human's answer: approve once, decline, or decline and pause. One answer a person, and it stands."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from identity.accounts.models import User
from identity.delegation.capacity import capacities
from identity.delegation.models import Delegation
from identity.delegation.revoke import SuspensionReason
from identity.journal.actor import Actor, system
from identity.journal.record import record
from identity.journal.spending_kinds import ApprovalAnswered
from identity.journal.team_kinds import ApprovalVoted
from identity.primitives.errors import Conflict
from identity.primitives.money import Money
from identity.spending.approvals import lock_pending
from identity.spending.approvers import counted_yes, seat_of
from identity.spending.limits import DECLINES_COUNTED_FOR, DECLINES_SUSPEND_AFTER, ELEVATION_LIFETIME
from identity.spending.models import Approval, ApprovalState, ApprovalVote, Elevation, Vote
from identity.spending.pausing import pause_link

_ASSURANCE_WORDS = (
    "verified by nobody",
    "its domain is proven",
    "its legal entity is verified",
    "verified on site or by payment",
)


def displayed_text(approval: Approval) -> str:
    """What the approver is shown and signs over. Made of registered facts; the agent's own words are not in it.

    The question's id is in it: stops an assertion for an earlier question about the same purchase from answering this.
    """
    deal = approval.transaction
    amount, most = (Money(deal[name]["amount"], deal[name]["currency"]) for name in ("amount", "max_amount"))
    upper = f", at most {most.digits()}" if most != amount else ""
    held = deal.get("held")
    place = ", ".join([*deal["vendor_domains"], deal["vendor_country"], _ASSURANCE_WORDS[deal["vendor_assurance"]]])
    lines = [
        f"{' → '.join(deal['agents'])} asks to spend {amount.digits()} ({amount.words()}){upper}",
        f"at {deal['vendor_name']} ({place}).",
        *([f"Held for it already: {Money(held['amount'], held['currency']).digits()}."] if held else []),
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
        got = counted_yes(approval).count()
        if got < approval.quorum:
            is_stand_in = not approval.votes.filter(approver=approver, seat=approver).exists()
            event = ApprovalVoted(got=got, need=approval.quorum, is_stand_in=is_stand_in)
            record(event, subject=approval.pk, actor=actor, at=at, organization=approval.principal_id)
            return approval
        mint_elevation(approval, at=at)
        end_question(approval, ApprovalState.APPROVED, actor=actor, at=at)
    return approval


def decline(*, approval: Approval, approver: User, actor: Actor, at: datetime) -> Approval:
    """Say no: one no ends the question, however many would have to agree. After five in seven days about one link the
    registry suspends it: somebody should look at that agent.

    Raises as ``approve``.
    """
    with transaction.atomic():
        if declines_often(approval.leaf, at):  # before any row lock: the fence comes first
            reason = SuspensionReason.DECLINED_OFTEN
            pause_link(approval.leaf, reason=reason, actor=system("approvals"), at=at)
        approval = _vote(approval, approver, Vote.DENY, None, at)
        end_question(approval, ApprovalState.DENIED, actor=actor, at=at)
    return approval


def decline_and_pause(*, approval: Approval, approver: User, actor: Actor, at: datetime) -> Approval:
    """Say no and suspend the link the agent spends on, in the principal's name."""
    with transaction.atomic():
        seat_of(approval, approver, vote=Vote.DENY, at=at)
        by_principal = capacities(Delegation.objects.get(pk=approval.leaf), organization=approval.principal)
        pause_link(approval.leaf, reason=SuspensionReason.PAUSED, capacities=by_principal, actor=actor, at=at)
        approval = _vote(approval, approver, Vote.DENY, None, at)
        end_question(approval, ApprovalState.DENIED, actor=actor, at=at)
    return approval


def _vote(approval: Approval, approver: User, vote: Vote, evidence: dict[str, Any] | None, at: datetime) -> Approval:
    approval = lock_pending(approval, at)
    if approval.votes.filter(approver=approver).exists():
        raise Conflict("already_voted", "You have answered this question.")
    seat = seat_of(approval, approver, vote=vote, at=at)  # behind the lock: she may have left while this waited
    ApprovalVote.objects.create(
        approval=approval,
        approver=approver,
        seat_id=seat.user,
        absence=seat.absence.pk if seat.absence else "",
        vote=vote,
        evidence=evidence,
        displayed_text_digest=sha256(displayed_text(approval).encode()).hexdigest(),
        at=at,
    )
    return approval


def mint_elevation(approval: Approval, *, at: datetime) -> None:
    """The right to do exactly what was asked, once, within minutes."""
    Elevation.objects.create(
        approval=approval,
        binding_digest=approval.binding_digest,
        max_amount=approval.transaction["max_amount"]["amount"],
        lifts=approval.lifts,
        valid_until=at + ELEVATION_LIFETIME,
    )


def end_question(approval: Approval, state: ApprovalState, *, actor: Actor, at: datetime) -> None:
    """Close a locked question with its answer."""
    approval.state, approval.decided_at = state, at
    approval.save(update_fields=["state", "decided_at"])
    record(ApprovalAnswered(state.value), subject=approval.pk, actor=actor, at=at, organization=approval.principal_id)


def declines_often(leaf: str, at: datetime) -> bool:
    """Whether one more no about this link is the one that suspends it."""
    declined = Approval.objects.filter(leaf=leaf, state=ApprovalState.DENIED, decided_at__gt=at - DECLINES_COUNTED_FOR)
    return declined.count() + 1 >= DECLINES_SUSPEND_AFTER
