"""After the decision: capture, void, refund, and what a vendor charged beyond it.

``capture`` records that the vendor reports a charge under this authority. Nothing here states that money moved.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.agents import fence
from identity.agents.models import Agent, AgentStatus
from identity.delegation.models import Delegation, DelegationStatus, PrincipalFreeze
from identity.delegation.revoke import RevocationReason, SuspensionReason, honors_open_authorizations
from identity.delegation.succession import with_successors
from identity.journal.actor import Actor, system
from identity.journal.spending_kinds import SpendCaptured, SpendForcePosted, SpendRefunded, SpendVoided
from identity.primitives.errors import AttornError, Conflict, InvalidInput
from identity.spending.expiry import end_hold
from identity.spending.ledger_writes import Writes
from identity.spending.limits import EVIDENCE_TEXT_LENGTH_MAX
from identity.spending.models import (
    Authorization,
    AuthorizationState,
    CloseReason,
    Incident,
    PostingKind,
    Settlement,
    SettlementKind,
)
from identity.spending.pausing import pause_link
from identity.spending.settlement import (
    Step,
    check_step_amount,
    close,
    finish,
    hold_not_found,
    locked,
    move_to_captured,
    release,
    repeated,
)


def capture(
    *,
    authorization_id: str,
    vendor: str,
    amount: int,
    currency: str,
    is_final: bool = False,
    reference: str | None = None,
    actor: Actor,
    at: datetime,
) -> Settlement:
    """The vendor charged ``amount`` of what it holds; ``is_final`` releases the rest.

    Raises NotFound ``hold_not_found`` (also for another vendor's), InvalidInput ``amount_invalid``,
    ``capture_currency_mismatch``; Conflict ``hold_expired``, ``hold_already_captured``, ``hold_already_voided``,
    ``hold_suspended``, ``capture_exceeds_hold``, ``reference_reused``.
    """
    check_step_amount(amount)
    with transaction.atomic():
        authorization, ended = _capturable(authorization_id, vendor, actor=actor, at=at)
        step = Step(SettlementKind.CAPTURE, amount, reference=reference)
        before = repeated(authorization, step)
        if before is not None:
            return before
        if ended is None:
            return _capture(authorization, amount, currency, is_final, reference, actor=actor, at=at)
    raise ended  # outside the transaction, so that what was found to have ended stays ended


def _capture(
    authorization: Authorization,
    amount: int,
    currency: str,
    is_final: bool,
    reference: str | None,
    *,
    actor: Actor,
    at: datetime,
) -> Settlement:
    if currency != authorization.currency:
        raise InvalidInput(
            "capture_currency_mismatch", f"The authorization is in {authorization.currency}.", field="currency"
        )
    if amount > authorization.open:
        raise Conflict("capture_exceeds_hold", f"At most {authorization.open} can be captured.")
    writes = Writes()
    move_to_captured(writes, authorization, amount)
    rest = authorization.open - amount
    released = rest if is_final else 0
    release(writes, authorization, released)
    authorization.captured += amount
    authorization.open = rest - released
    if authorization.open:
        authorization.state = AuthorizationState.PARTIALLY_CAPTURED
    else:
        close(authorization, CloseReason.CAPTURED, at)
    step = Step(SettlementKind.CAPTURE, amount, released=released, reference=reference)
    return finish(authorization, step, writes, SpendCaptured(amount, is_final), actor=actor, at=at)


def void(*, authorization_id: str, reason: str = "voided", actor: Actor, at: datetime) -> Authorization:
    """Release what is still held. Voiding again changes nothing; Conflict ``hold_already_captured`` when all was
    captured. Who may is the front door's to say: the vendor, the principal, whoever runs the agent."""
    with transaction.atomic():
        authorization = locked(authorization_id)
        if authorization.state == AuthorizationState.CLOSED:
            if authorization.close_reason == CloseReason.CAPTURED:
                raise Conflict("hold_already_captured", "All of it was captured; refund it instead.")
            return authorization
        if authorization.has_expired(at):
            end_hold(authorization, CloseReason.EXPIRED, actor=actor, at=at)
            return authorization
        amount, writes = authorization.open, Writes()
        release(writes, authorization, amount)
        close(authorization, CloseReason.VOIDED, at)
        step = Step(SettlementKind.VOID, amount, released=amount)
        finish(authorization, step, writes, SpendVoided(amount, reason), actor=actor, at=at)
    return authorization


def refund(
    *, authorization_id: str, vendor: str, amount: int, reference: str | None = None, actor: Actor, at: datetime
) -> Settlement:
    """The vendor gave ``amount`` back. It restores totals that say so; windows and counts never.

    Raises NotFound ``hold_not_found``, InvalidInput ``amount_invalid``, Conflict ``refund_exceeds_capture``,
    ``reference_reused``.
    """
    check_step_amount(amount)
    with transaction.atomic():
        authorization = locked(authorization_id)
        if authorization.vendor != vendor:
            raise hold_not_found()
        step = Step(SettlementKind.REFUND, amount, reference=reference)
        before = repeated(authorization, step)
        if before is not None:
            return before
        left = authorization.captured - authorization.refunded
        if amount > left:
            raise Conflict("refund_exceeds_capture", f"At most {left} can be refunded.")
        writes = Writes()
        for budget in authorization.budgets_restored:
            writes.post(
                authorization=authorization.pk,
                budget=budget,
                kind=PostingKind.REFUND,
                captured=-amount,
                counted_at=authorization.created_at,
            )
        authorization.refunded += amount
        return finish(authorization, step, writes, SpendRefunded(amount), actor=actor, at=at)


def force_post(
    *, authorization_id: str, vendor: str, amount: int, evidence: str, actor: Actor, at: datetime
) -> Settlement:
    """The vendor, or its rail, charged ``amount`` more than was authorized. What happened is written down beside the
    caps, an incident is opened, and the leaf link is frozen by the registry until somebody has looked.

    Raises NotFound ``hold_not_found``, InvalidInput ``amount_invalid``, ``evidence_required``.
    """
    check_step_amount(amount)
    if not 0 < len(evidence) <= EVIDENCE_TEXT_LENGTH_MAX:
        raise InvalidInput(
            "evidence_required", f"Say in 1 to {EVIDENCE_TEXT_LENGTH_MAX} characters what happened.", field="evidence"
        )
    with transaction.atomic():
        glimpse = Authorization.objects.filter(pk=authorization_id, vendor=vendor).first()
        if glimpse is None:
            raise hold_not_found()
        reason = SuspensionReason.CHARGED_BEYOND_LIMIT  # before any row lock: the fence comes first
        pause_link(glimpse.path[-1], reason=reason, actor=system("force_post"), at=at)
        authorization = locked(authorization_id)
        writes = Writes()
        for budget in {*authorization.budgets, *authorization.budgets_elevated}:
            writes.post(
                authorization=authorization.pk,
                budget=budget,
                kind=PostingKind.FORCE_POST,
                over=amount,
                counted_at=authorization.created_at,
            )
        authorization.over += amount
        incident = Incident.objects.create(
            authorization=authorization.pk, vendor=vendor, amount=amount, evidence=evidence, opened_at=at
        )
        event = SpendForcePosted(incident.pk, amount)
        return finish(authorization, Step(SettlementKind.FORCE_POST, amount), writes, event, actor=actor, at=at)


def _capturable(
    authorization_id: str, vendor: str, *, actor: Actor, at: datetime
) -> tuple[Authorization, AttornError | None]:
    """The locked authorization, and why nothing of it can be captured. A hold whose authority ended is ended here:
    whether the job that releases such holds has run decides nothing."""
    glimpse = Authorization.objects.filter(pk=authorization_id, vendor=vendor).first()
    if glimpse is None:
        raise hold_not_found()
    agents = list(Delegation.objects.filter(pk__in=glimpse.path).values_list("agent_id", flat=True))
    fence.share([*agents, *with_successors(glimpse.path), glimpse.principal])
    authorization = locked(authorization_id)
    if authorization.state == AuthorizationState.CLOSED:
        return authorization, _closed(authorization)
    if authorization.has_expired(at):
        end_hold(authorization, CloseReason.EXPIRED, actor=actor, at=at)
        return authorization, _closed(authorization)
    standing = _standing(authorization)
    if standing == "ended":
        end_hold(authorization, CloseReason.REVOKED, actor=actor, at=at)
        return authorization, _closed(authorization)
    if standing == "suspended":
        return authorization, Conflict("hold_suspended", "The delegation is suspended; its holds wait.")
    return authorization, None


def _standing(authorization: Authorization) -> str:
    """``good``, ``suspended`` (wait) or ``ended`` (give back), by the links and those that took their place, the agents
    and the principal."""
    links = list(Delegation.objects.filter(pk__in=with_successors(authorization.path)))
    statuses = set(Agent.objects.filter(pk__in=[link.agent_id for link in links]).values_list("status", flat=True))
    if any(map(voids_open_holds, links)) or statuses != {AgentStatus.ACTIVE.value}:
        return "ended"
    is_frozen = PrincipalFreeze.objects.filter(pk=authorization.principal).exists()
    is_suspended = is_frozen or any(link.status == DelegationStatus.SUSPENDED for link in links)
    return "suspended" if is_suspended else "good"


def voids_open_holds(link: Delegation) -> bool:
    """A revoked link takes its open holds with it, unless its issuer said to honor them and nothing went wrong; what
    was replaced hands them to its replacement."""
    is_replaced = link.status_reason == RevocationReason.REPLACED
    return link.is_revoked and not is_replaced and not honors_open_authorizations(link)


def _closed(authorization: Authorization) -> Conflict:
    match authorization.close_reason:
        case CloseReason.CAPTURED:
            return Conflict("hold_already_captured", "This authorization was captured in full or finally.")
        case CloseReason.EXPIRED:
            return Conflict("hold_expired", "This authorization ran out; ask for a new one.")
        case _:
            return Conflict("hold_already_voided", "This authorization was released; you may open a claim.")
