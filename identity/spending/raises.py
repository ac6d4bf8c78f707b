"""Limits that become wider: agreed to now, in force after a cooling period, cancelled any time before.

Stops whoever got hold of a signed-in phone for a minute, or talked its owner into one tap: the owner is told, sees the
change waiting and has a day to cancel it. Limits that become narrower need none of this and begin at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from identity.agents import fence
from identity.agents.models import AgentStatus
from identity.delegation.drafts import terms_of_draft
from identity.delegation.freeze import is_frozen
from identity.delegation.lending_rules import lender_of, refuse_beyond
from identity.delegation.models import Delegation, DelegationDraft, DelegationStatus, PendingRaise, RaiseState
from identity.journal.actor import Actor, system
from identity.journal.kinds import Payload
from identity.journal.raise_kinds import RaiseAsked, RaiseCancelled, RaiseFailed
from identity.journal.record import record
from identity.primitives.clock import rfc3339
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.spending.links import issue_root

RAISES_APPLIED_AT_ONCE = 100
# While everything or the delegation is paused, a ripe change waits; then the person has to agree anew.
WAITS_AT_MOST = timedelta(days=7)


def cooling_period() -> timedelta:
    return timedelta(seconds=settings.DELEGATION_RAISE_COOLING_SECONDS)


def ask_raise(*, draft: DelegationDraft, evidence: dict[str, Any], actor: Actor, at: datetime) -> PendingRaise:
    """Let ``draft`` take the place of what it replaces when the cooling period is over. The front door has verified
    the consent; it is verified again, whole, when the delegation is issued.

    Raises Conflict ``raise_pending``, ``draft_already_used`` or ``delegation_not_active``, InvalidInput
    ``draft_expired`` or ``validity_invalid``, NotPermitted ``consent_not_given``, ``lending_rule_exceeded`` or
    ``lending_not_allowed``.
    """
    replaced = draft.replaces
    if replaced is None:
        raise ValueError("only a draft that replaces a delegation widens it")
    with transaction.atomic():
        fence.hold(shared=[draft.organization_id, draft.agent_id], alone=[replaced.pk])
        locked = DelegationDraft.objects.select_for_update(of=["self"]).get(pk=draft.pk)
        if locked.consumed_at is not None or PendingRaise.objects.filter(draft=locked).exists():
            raise Conflict("draft_already_used", "This change was agreed to before.")
        if not locked.is_open(at):
            raise InvalidInput("draft_expired", "This draft has expired; make it again.", field="draft")
        replaced.refresh_from_db(fields=["status"])
        if replaced.status != DelegationStatus.ACTIVE:
            raise Conflict("delegation_not_active", "This delegation is paused or has ended: nothing of it changes.")
        if PendingRaise.objects.filter(delegation=replaced, state=RaiseState.PENDING).exists():
            raise Conflict("raise_pending", "A change of this delegation waits already; cancel that one first.")
        asked_by, new = lender_of(actor), terms_of_draft(locked)
        refuse_beyond(principal=draft.organization, lender=asked_by, terms=new, replaces=replaced, at=at)
        ripe_at = at + cooling_period()
        if new.valid_until <= ripe_at:
            raise InvalidInput("validity_invalid", "It would have ended before it begins.", field="valid_until")
        locked.expires_at = ripe_at + WAITS_AT_MOST
        locked.save(update_fields=["expires_at"])
        pending = PendingRaise.objects.create(
            draft=locked, delegation=replaced, evidence=evidence, asked_by=asked_by, asked_at=at, ripe_at=ripe_at
        )
        event = RaiseAsked(draft=locked.pk, ripe_at=rfc3339(ripe_at), consent=str(evidence.get("type", "")))
        _tell(pending, event, actor=actor, at=at)
    return pending


def cancel_raise(*, pending: PendingRaise, actor: Actor, at: datetime) -> PendingRaise:
    """Leave the limits as they are. Needs no consent: doing less is always free. Conflict ``raise_over``."""
    with transaction.atomic():
        fence.exclusive(pending.delegation_id)
        locked = _locked(pending.pk)
        if locked.state != RaiseState.PENDING:
            raise Conflict("raise_over", "This change does not wait any more.")
        _end(locked, RaiseState.CANCELLED, at=at)
        _tell(locked, RaiseCancelled(draft=locked.draft_id), actor=actor, at=at)
    return locked


def apply_due_raises(*, at: datetime) -> int:
    """Put into force what has waited long enough; how many. Safe to run twice and side by side."""
    due = PendingRaise.objects.filter(state=RaiseState.PENDING, ripe_at__lte=at).order_by("ripe_at")
    return sum(apply_raise(pending=pending, at=at) for pending in due[:RAISES_APPLIED_AT_ONCE])


def apply_raise(*, pending: PendingRaise, at: datetime) -> bool:
    """Issue the wider delegation if nothing changed meanwhile that speaks against it; whether it was.

    Stops a change that was agreed to from bringing back what was revoked, or from lifting a pause.
    """
    draft = DelegationDraft.objects.select_related("agent").get(pk=pending.draft_id)
    with transaction.atomic():
        fences = [draft.organization_id, draft.agent_id, draft.agent.organization_id or ""]
        fence.hold(shared=fences, alone=[pending.delegation_id])
        locked = _locked(pending.pk)
        if locked.state != RaiseState.PENDING or not locked.is_ripe(at):
            return False
        refusal = _refusal(locked, draft, at)
        if refusal == "":
            refusal = _issue(locked, at)
        if refusal is None:
            return False
        if refusal:
            _end(locked, RaiseState.FAILED, reason=refusal, at=at)
            _tell(locked, RaiseFailed(draft=draft.pk, reason=refusal), actor=system("raises"), at=at)
            return False
        _end(locked, RaiseState.ISSUED, at=at)
    return True


def _refusal(pending: PendingRaise, draft: DelegationDraft, at: datetime) -> str | None:
    """Why it can never begin (a code), None while it has to wait, empty when nothing speaks against it."""
    old = Delegation.objects.select_related("principal", "agent").get(pk=pending.delegation_id)
    if old.is_revoked:
        return "delegation_revoked"
    if not draft.is_open(at):
        return "draft_expired"
    is_paused = old.status != DelegationStatus.ACTIVE or is_frozen(old.principal)
    return None if is_paused or old.agent.status != AgentStatus.ACTIVE else ""


def _issue(pending: PendingRaise, at: datetime) -> str:
    """The code of what stood in the way, or nothing."""
    drafts = DelegationDraft.objects.select_related("agent__organization", "organization", "replaces")
    try:
        with transaction.atomic():
            draft = drafts.get(pk=pending.draft_id)
            by = pending.asked_by
            issue_root(draft=draft, evidence=pending.evidence, lender=by, actor=system("raises"), at=at)
    except (InvalidInput, Conflict, NotPermitted) as problem:
        return problem.code
    return ""


def _locked(pending_id: str) -> PendingRaise:
    return PendingRaise.objects.select_for_update(of=["self"]).select_related("delegation").get(pk=pending_id)


def _end(pending: PendingRaise, state: RaiseState, *, reason: str = "", at: datetime) -> None:
    pending.state, pending.ended_at, pending.end_reason = state, at, reason
    pending.save(update_fields=["state", "ended_at", "end_reason"])
    if state != RaiseState.ISSUED:  # its draft is good for nothing any more, whoever kept its address
        DelegationDraft.objects.filter(pk=pending.draft_id, consumed_at=None).update(expires_at=at)


def _tell(pending: PendingRaise, payload: Payload, *, actor: Actor, at: datetime) -> None:
    delegation = pending.delegation
    record(payload, subject=delegation.pk, actor=actor, at=at, organization=delegation.principal_id)
