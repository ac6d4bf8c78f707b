"""Asking the human about one purchase: when a question is put, and what becomes of it.

Stops an agent from wearing its human down: few questions wait at a time, few are put in a day, and a purchase that was
declined is not asked about again for a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from identity.agents.models import Agent, Vendor
from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.facts import Refusal
from identity.delegation.models import ApproverGroup
from identity.journal.actor import Actor
from identity.journal.record import record
from identity.journal.spending_kinds import ApprovalAnswered, ApprovalRequested
from identity.primitives.errors import Conflict
from identity.primitives.money import Money
from identity.spending.approvers import group_named, issuer_asked
from identity.spending.attempt import Attempt
from identity.spending.decision import lift_name
from identity.spending.ledger_reads import once_number
from identity.spending.limits import (
    APPROVAL_LIFETIME,
    DECLINED_FOR,
    PENDING_PER_LINK_MAX,
    PROMPTS_PER_DAY_MAX,
)
from identity.spending.models import Approval, ApprovalState
from identity.spending.seen import NOWHERE, Outcome
from identity.spending.sight import Sight


def ask(attempt: Attempt, outcome: Outcome, sight: Sight) -> str | Refusal:
    """The id of the question about this purchase, found or put; or why it is not put."""
    at = attempt.request.at
    with connection.cursor() as cursor:  # the last lock of all: racing groups ask a principal one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [once_number(f"approvals {attempt.chain.principal}")])
    pending = Approval.objects.filter(
        binding_digest=attempt.request.binding_digest, state=ApprovalState.PENDING
    ).first()
    if pending is not None and pending.expires_at > at:
        return pending.pk
    if pending is not None:
        _end(pending, ApprovalState.EXPIRED, at)
    asked = _who_is_asked(attempt, outcome)
    if asked is None:
        return _refused("approver_not_eligible")
    code = _not_asked(attempt, asked, at)
    if code is not None:
        return _refused(code)
    return _put(attempt, outcome, asked).pk


def cancel(*, approval: Approval, actor: Actor, at: datetime) -> Approval:
    """The agent's side withdraws its question. Conflict ``approval_ended`` when it was answered."""
    with transaction.atomic():
        approval = lock_pending(approval, at)
        _end(approval, ApprovalState.CANCELLED, at)
        event = ApprovalAnswered(ApprovalState.CANCELLED.value)
        record(event, subject=approval.pk, actor=actor, at=at, organization=approval.principal_id)
    return approval


def expire_unanswered(at: datetime, *, count_max: int = 1_000) -> int:
    """Write down that questions ran out; they count as expired from their end on, written down or not."""
    due = Approval.objects.filter(state=ApprovalState.PENDING, expires_at__lte=at).order_by("pk")
    return Approval.objects.filter(pk__in=list(due.values_list("pk", flat=True)[:count_max])).update(
        state=ApprovalState.EXPIRED, decided_at=at
    )


def lock_pending(approval: Approval, at: datetime) -> Approval:
    """The question's row, locked. Conflict ``approval_ended`` unless an answer still counts."""
    locked = Approval.objects.select_for_update(no_key=True).get(pk=approval.pk)
    state = locked.state_at(at)
    if state != ApprovalState.PENDING:
        raise Conflict("approval_ended", f"This question is {state.value} already.", state=state.value)
    return locked


def _not_asked(attempt: Attempt, asked: _Asked, at: datetime) -> str | None:
    """Why the question is not put. What a human is asked in a day is bounded, what an agent is asked is not."""
    request, principal = attempt.request, attempt.chain.principal
    mine = Approval.objects.filter(principal_id=principal)
    declined = mine.filter(
        binding_digest=request.binding_digest, state=ApprovalState.DENIED, decided_at__gt=at - DECLINED_FOR
    )
    if declined.exists():
        return "approval_denied"
    waiting = mine.filter(leaf=attempt.chain.leaf.id, state=ApprovalState.PENDING, expires_at__gt=at)
    prompts = mine.filter(created_at__gt=at - timedelta(days=1), asked_agent="")
    is_worn = not asked.agent and prompts.count() >= PROMPTS_PER_DAY_MAX
    if is_worn or waiting.count() >= PENDING_PER_LINK_MAX:
        return "approval_rate_limited"
    return None


def _refused(code: str) -> Refusal:
    return Refusal(code, NOWHERE, "", DECLINE_CODES[code].sentence)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The group, an agent or nobody in particular, and how many of them have to agree."""

    group: str = ""
    quorum: int = 1
    agent: str = ""


def _who_is_asked(attempt: Attempt, outcome: Outcome) -> _Asked | None:
    """None when the delegation names a group that is no more: then nobody can agree, rather than anybody."""
    agent = issuer_asked(attempt.chain, outcome.reasons)
    if agent:
        return _Asked(agent=agent)
    named = group_named(attempt.chain)
    if not named:
        return _Asked()
    group = ApproverGroup.objects.filter(pk=named, organization=attempt.chain.principal).first()
    return _Asked(group.pk, group.needed) if group else None


def _put(attempt: Attempt, outcome: Outcome, asked: _Asked) -> Approval:
    request, chain = attempt.request, attempt.chain
    approval = Approval.objects.create(
        binding_digest=request.binding_digest,
        principal_id=chain.principal,
        path=list(chain.path),
        leaf=chain.leaf.id,
        agent=attempt.agent,
        vendor=request.vendor,
        transaction=_transaction(attempt),
        why=[
            {"code": one.code, "link": one.link_depth, "limit": one.constraint_id, "detail": one.detail}
            for one in outcome.reasons
        ],
        lifts=sorted({lift_name(one) for one in outcome.reasons}),
        agent_note=attempt.agent_note,
        group=asked.group,
        quorum=asked.quorum,
        asked_agent=asked.agent,
        created_at=request.at,
        expires_at=request.at + APPROVAL_LIFETIME,
    )
    record(
        ApprovalRequested(chain.leaf.id, request.vendor),
        subject=approval.pk,
        actor=Actor.parse(attempt.actor),
        at=request.at,
        organization=chain.principal,
    )
    return approval


def _transaction(attempt: Attempt) -> dict[str, Any]:
    """What the page shows and the passkey signs: registered facts only, names as the register has them."""
    request, chain = attempt.request, attempt.chain
    vendor = Vendor.objects.select_related("agent__organization").get(pk=request.vendor)
    names = dict(Agent.objects.filter(pk__in=chain.agents).values_list("pk", "display_name"))
    organization = vendor.agent.organization
    grows = {"held": Money(request.hold - request.charge, request.currency).claim()} if attempt.increments else {}
    return {
        **grows,
        "vendor": vendor.agent.did,
        "vendor_name": organization.name if organization else vendor.agent.display_name,
        "vendor_assurance": vendor.assurance_level,
        "vendor_domains": list(vendor.domains),
        "vendor_country": vendor.country,
        "vendor_mcc": vendor.mcc,
        "agent": chain.agent_dids[-1],
        "agents": [names[agent] for agent in chain.agents],
        "action": request.action,
        "amount": Money(request.amount, request.currency).claim(),
        "max_amount": Money(request.hold, request.currency).claim(),
        "order_hash": request.order_hash,
        "order_display": str(attempt.described.get("order_display") or ""),
    }


def _end(approval: Approval, state: ApprovalState, at: datetime) -> None:
    approval.state, approval.decided_at = state, at
    approval.save(update_fields=["state", "decided_at"])
