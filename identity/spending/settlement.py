"""What every step after the decision shares: locks in their order, the postings, the receipt, the journal.

Locks: the fence (where standings matter), the authorization's budgets by id, then the authorization itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection
from psycopg import Cursor

from identity.agents.addresses import registry_did
from identity.credentials.issuers import current_signer
from identity.credentials.jws import sign_jws
from identity.journal.actor import Actor
from identity.journal.kinds import Payload
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from identity.primitives.ids import new_id
from identity.primitives.money import AMOUNT_MAX
from identity.spending.evidence import RECEIPT_TYPE
from identity.spending.ledger_writes import Writes, write
from identity.spending.limits import REFERENCE_LENGTH_MAX
from identity.spending.models import (
    Authorization,
    AuthorizationState,
    CloseReason,
    PostingKind,
    Settlement,
    SettlementKind,
)

_ID_PREFIX = {
    SettlementKind.CAPTURE: "cap",
    SettlementKind.INCREMENT: "icr",
    SettlementKind.VOID: "vod",
    SettlementKind.EXPIRY: "exy",
    SettlementKind.REFUND: "rfd",
    SettlementKind.FORCE_POST: "fps",
}
_LOCK_BUDGETS = "SELECT id FROM spending_budget WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to an authorization, before it is written down."""

    kind: SettlementKind
    amount: int
    released: int = 0
    reference: str | None = None


def lock_budgets(authorizations: Sequence[Authorization]) -> None:
    """Wait for and hold every budget that these count in, in the order of all writers."""
    budgets = {
        budget for one in authorizations for budget in (*one.budgets, *one.budgets_elevated, *one.budgets_restored)
    }
    with connection.wrap_database_errors:
        Cursor(connection.connection).execute(_LOCK_BUDGETS, [sorted(budgets)])


def locked(authorization_id: str) -> Authorization:
    """The authorization and its budgets, locked until the transaction ends. NotFound ``hold_not_found``."""
    glimpse = Authorization.objects.filter(pk=authorization_id).first()
    if glimpse is None:
        raise hold_not_found()
    lock_budgets([glimpse])
    authorization = Authorization.objects.select_for_update(no_key=True).get(pk=authorization_id)
    if (authorization.budgets, authorization.budgets_restored) != (glimpse.budgets, glimpse.budgets_restored):
        lock_budgets([authorization])  # its usage was carried to a replacing delegation a moment ago
    return authorization


def hold_not_found() -> NotFound:
    return NotFound("hold_not_found", "There is no such authorization, or it is not yours.")


def repeated(authorization: Authorization, step: Step) -> Settlement | None:
    """The step that carried the same reference before. Stops a vendor's retry without its idempotency key from being
    booked twice. Conflict ``reference_reused`` for another amount."""
    if step.reference is None:
        return None
    if not 0 < len(step.reference) <= REFERENCE_LENGTH_MAX:
        raise InvalidInput("reference_invalid", f"A reference has 1 to {REFERENCE_LENGTH_MAX} characters.")
    before = Settlement.objects.filter(authorization=authorization, kind=step.kind, reference=step.reference).first()
    if before is not None and before.amount != step.amount:
        raise Conflict("reference_reused", "This reference stands for a step with another amount.")
    return before


def check_step_amount(amount: int) -> None:
    """InvalidInput ``amount_invalid`` or ``amount_overflow``. True and 1.0 are no amounts."""
    if type(amount) is not int or amount <= 0:
        raise InvalidInput("amount_invalid", "An amount is a whole number of minor units above 0.", field="amount")
    if amount > AMOUNT_MAX:
        raise InvalidInput("amount_overflow", f"An amount is at most {AMOUNT_MAX} minor units.", field="amount")


def release(writes: Writes, authorization: Authorization, amount: int) -> None:
    """Give ``amount`` of what is held back to every budget it was taken from."""
    if amount:
        _post(writes, authorization, PostingKind.RELEASE, held=-amount)


def move_to_captured(writes: Writes, authorization: Authorization, amount: int) -> None:
    _post(writes, authorization, PostingKind.CAPTURE, held=-amount, captured=amount)


def close(authorization: Authorization, reason: CloseReason, at: datetime) -> None:
    authorization.open = 0
    authorization.state = AuthorizationState.CLOSED
    authorization.close_reason = reason
    authorization.closed_at = at


def finish(
    authorization: Authorization, step: Step, writes: Writes, event: Payload, *, actor: Actor, at: datetime
) -> Settlement:
    """Write the step: budgets and postings, the authorization, the receipt, the journal."""
    if not connection.in_atomic_block:
        raise RuntimeError("a step needs the transaction that locked its authorization")
    with connection.wrap_database_errors:
        write(connection.connection, writes)
    settlement_id = new_id(_ID_PREFIX[step.kind])
    receipt = _receipt(authorization, step, settlement_id, at)
    authorization.receipt_digest = sha256(receipt.encode()).hexdigest()
    authorization.save(
        update_fields=["open", "captured", "refunded", "over", "state", "close_reason", "closed_at", "receipt_digest"]
    )
    settlement = Settlement.objects.create(
        id=settlement_id,
        authorization=authorization,
        kind=step.kind,
        amount=step.amount,
        released=step.released,
        reference=step.reference,
        receipt=receipt,
        actor=str(actor),
        at=at,
    )
    record(event, subject=authorization.pk, actor=actor, at=at, organization=authorization.principal)
    return settlement


def _post(writes: Writes, authorization: Authorization, kind: PostingKind, *, held: int = 0, captured: int = 0) -> None:
    for budgets, is_elevated in ((authorization.budgets, False), (authorization.budgets_elevated, True)):
        for budget in budgets:
            writes.post(
                authorization=authorization.pk,
                budget=budget,
                kind=kind,
                held=held,
                captured=captured,
                is_elevated=is_elevated,
                counted_at=authorization.created_at,
            )


def _receipt(authorization: Authorization, step: Step, settlement_id: str, at: datetime) -> str:
    """The signed step. It names the digest of the receipt before it, so that none can be taken out of the row."""
    claims: dict[str, Any] = {
        "iss": registry_did(),
        "iat": int(at.timestamp()),
        "id": settlement_id,
        "authorization_id": authorization.pk,
        "step": step.kind.value,
        "amount": step.amount,
        "released": step.released,
        "currency": authorization.currency,
        "open": authorization.open,
        "captured": authorization.captured,
        "refunded": authorization.refunded,
        "state": str(authorization.state),
        "close_reason": str(authorization.close_reason),
        "previous_receipt": authorization.receipt_digest,
    }
    signer = current_signer()
    return sign_jws({"typ": RECEIPT_TYPE, "kid": signer.verification_method}, claims, signer=signer)
