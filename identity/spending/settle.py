"""After the decision: capture, void, refund, and what a vendor charged beyond it.

``capture`` records that the vendor reports a charge under this authority. Nothing here states that money moved.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from identity.agents.models import AgentStatus
from identity.delegation.models import Delegation, DelegationStatus
from identity.delegation.revoke import RevocationReason, SuspensionReason, honors_open_authorizations
from identity.journal.actor import Actor, system
from identity.journal.spending_kinds import SpendCaptured, SpendForcePosted, SpendRefunded, SpendVoided
from identity.primitives.errors import AttornError, Conflict, InvalidInput
from identity.spending.expiry import end_hold
from identity.spending.hold_reads import Held, glimpse, lock_hold
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
    Steps,
    check_step_amount,
    close,
    hold_not_found,
    in_one_transaction,
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
    step = Step(SettlementKind.CAPTURE, amount, reference=reference)

    def take(commits: bool) -> Settlement:
        held = _held_behind_its_fence(authorization_id, vendor, step)
        steps = Steps(held.signer)
        refusal = _not_capturable(held, steps, actor=actor, at=at)
        settlement = repeated(held.before, step)
        if settlement is None and refusal is None:
            settlement = _capture(steps, held.authorization, step, currency, is_final, actor=actor, at=at)
        steps.write(commits=commits)
        if settlement is None:
            raise refusal or hold_not_found()
        return settlement

    return in_one_transaction(take)


def _capture(
    steps: Steps,
    authorization: Authorization,
    step: Step,
    currency: str,
    is_final: bool,
    *,
    actor: Actor,
    at: datetime,
) -> Settlement:
    if currency != authorization.currency:
        raise InvalidInput(
            "capture_currency_mismatch", f"The authorization is in {authorization.currency}.", field="currency"
        )
    if step.amount > authorization.open:
        raise Conflict("capture_exceeds_hold", f"At most {authorization.open} can be captured.")
    move_to_captured(steps.ledger, authorization, step.amount)
    rest = authorization.open - step.amount
    released = rest if is_final else 0
    release(steps.ledger, authorization, released)
    authorization.captured += step.amount
    authorization.open = rest - released
    if authorization.open:
        authorization.state = AuthorizationState.PARTIALLY_CAPTURED
    else:
        close(authorization, CloseReason.CAPTURED, at)
    event = SpendCaptured(step.amount, is_final)
    return steps.take(authorization, replace(step, released=released), event, actor=actor, at=at)


def void(*, authorization_id: str, reason: str = "voided", actor: Actor, at: datetime) -> Authorization:
    """Release what is still held. Voiding again changes nothing; Conflict ``hold_already_captured`` when all was
    captured. Who may is the front door's to say: the vendor, the principal, whoever runs the agent."""

    def take(commits: bool) -> Authorization:
        held = lock_hold(authorization_id)
        if held is None:
            raise hold_not_found()
        authorization, steps = held.authorization, Steps(held.signer)
        if authorization.state == AuthorizationState.CLOSED:
            if authorization.close_reason == CloseReason.CAPTURED:
                raise Conflict("hold_already_captured", "All of it was captured; refund it instead.")
        elif authorization.has_expired(at):
            end_hold(steps, authorization, CloseReason.EXPIRED, actor=actor, at=at)
        else:
            amount = authorization.open
            release(steps.ledger, authorization, amount)
            close(authorization, CloseReason.VOIDED, at)
            step = Step(SettlementKind.VOID, amount, released=amount)
            steps.take(authorization, step, SpendVoided(amount, reason), actor=actor, at=at)
        steps.write(commits=commits)
        return authorization

    return in_one_transaction(take)


def refund(
    *, authorization_id: str, vendor: str, amount: int, reference: str | None = None, actor: Actor, at: datetime
) -> Settlement:
    """The vendor gave ``amount`` back. It restores totals that say so; windows and counts never.

    Raises NotFound ``hold_not_found``, InvalidInput ``amount_invalid``, Conflict ``refund_exceeds_capture``,
    ``reference_reused``.
    """
    check_step_amount(amount)
    step = Step(SettlementKind.REFUND, amount, reference=reference)

    def take(commits: bool) -> Settlement:
        held = lock_hold(authorization_id, earlier=step.asks_for)
        if held is None or held.authorization.vendor != vendor:
            raise hold_not_found()
        before = repeated(held.before, step)
        if before is not None:
            return before
        authorization, steps = held.authorization, Steps(held.signer)
        left = authorization.captured - authorization.refunded
        if amount > left:
            raise Conflict("refund_exceeds_capture", f"At most {left} can be refunded.")
        for budget in authorization.budgets_restored:
            steps.ledger.post(
                authorization=authorization.pk,
                budget=budget,
                kind=PostingKind.REFUND,
                captured=-amount,
                counted_at=authorization.created_at,
            )
        authorization.refunded += amount
        settlement = steps.take(authorization, step, SpendRefunded(amount), actor=actor, at=at)
        steps.write(commits=commits)
        return settlement

    return in_one_transaction(take)


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
        seen = Authorization.objects.filter(pk=authorization_id, vendor=vendor).first()
        if seen is None:
            raise hold_not_found()
        reason = SuspensionReason.CHARGED_BEYOND_LIMIT  # before any row lock: the fence comes first
        pause_link(seen.path[-1], reason=reason, actor=system("force_post"), at=at)
        held = lock_hold(authorization_id)
        if held is None:
            raise hold_not_found()
        authorization, steps = held.authorization, Steps(held.signer)
        for budget in {*authorization.budgets, *authorization.budgets_elevated}:
            steps.ledger.post(
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
        settlement = steps.take(authorization, Step(SettlementKind.FORCE_POST, amount), event, actor=actor, at=at)
        steps.write()
        return settlement


def _held_behind_its_fence(authorization_id: str, vendor: str, step: Step) -> Held:
    """The locked authorization, with the standing that it rests on. NotFound ``hold_not_found``."""
    seen = glimpse(authorization_id)
    if seen is None or seen.vendor != vendor:
        raise hold_not_found()
    held = lock_hold(authorization_id, rests_on=seen.rests_on, earlier=step.asks_for)
    if held is None:
        raise hold_not_found()
    return held


def _not_capturable(held: Held, steps: Steps, *, actor: Actor, at: datetime) -> AttornError | None:
    """Why nothing of it can be captured. A hold whose authority ended is ended here: whether the job that releases such
    holds has run decides nothing."""
    authorization = held.authorization
    if authorization.state == AuthorizationState.CLOSED:
        return _closed(authorization)
    standing = _standing(held)
    if authorization.has_expired(at) or standing == "ended":
        reason = CloseReason.EXPIRED if authorization.has_expired(at) else CloseReason.REVOKED
        end_hold(steps, authorization, reason, actor=actor, at=at)
        return _closed(authorization)
    if standing == "suspended":
        return Conflict("hold_suspended", "The delegation is suspended; its holds wait.")
    return None


def _standing(held: Held) -> str:
    """``good``, ``suspended`` (wait) or ``ended`` (give back), by the links and those that took their place, the agents
    and the principal."""
    if any(voids_open_holds(link) for link, _ in held.links):
        return "ended"
    if {agent for _, agent in held.links} != {AgentStatus.ACTIVE.value}:
        return "ended"
    is_suspended = held.is_frozen or any(link.status == DelegationStatus.SUSPENDED for link, _ in held.links)
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
