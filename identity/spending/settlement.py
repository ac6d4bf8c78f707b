"""What every step after the decision shares: its transaction, the postings, the receipt, the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from django.db import connection, transaction

from identity.agents.addresses import registry_did
from identity.journal.actor import Actor
from identity.journal.kinds import Payload
from identity.primitives.errors import AttornError, Conflict, InvalidInput, NotFound
from identity.primitives.ids import new_event_id, new_id
from identity.primitives.money import AMOUNT_MAX
from identity.primitives.signing import Signer
from identity.spending.ledger_writes import Writes
from identity.spending.limits import REFERENCE_LENGTH_MAX
from identity.spending.models import (
    Authorization,
    AuthorizationState,
    CloseReason,
    PostingKind,
    Settlement,
    SettlementKind,
)
from identity.spending.receipt import sign_claims
from identity.spending.step_writes import StepRow, StepWrites, write_steps

T = TypeVar("T")

_ID_PREFIX = {
    SettlementKind.CAPTURE: "cap",
    SettlementKind.INCREMENT: "icr",
    SettlementKind.VOID: "vod",
    SettlementKind.EXPIRY: "exy",
    SettlementKind.REFUND: "rfd",
    SettlementKind.FORCE_POST: "fps",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to an authorization, before it is written down."""

    kind: SettlementKind
    amount: int
    released: int = 0
    reference: str | None = None

    @property
    def asks_for(self) -> tuple[str, str] | None:
        """What an earlier step that this one may repeat is found by."""
        return None if self.reference is None else (self.kind.value, self.reference)


class Steps:
    """Steps of one transaction, to be written together."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._writes = StepWrites()

    @property
    def ledger(self) -> Writes:
        """Where postings are added before ``take``."""
        return self._writes.ledger

    def take(
        self, authorization: Authorization, step: Step, event: Payload, *, actor: Actor, at: datetime
    ) -> Settlement:
        """The next step: ``authorization`` is as it stands after it, and gets its receipt."""
        settlement = Settlement(
            id=new_id(_ID_PREFIX[step.kind]),
            authorization=authorization,
            kind=step.kind,
            amount=step.amount,
            released=step.released,
            reference=step.reference,
            actor=str(actor),
            at=at,
        )
        settlement._state.adding, settlement._state.db = False, connection.alias  # it is written with the others
        settlement.receipt = _receipt(settlement, signer=self._signer)
        authorization.receipt_digest = sha256(settlement.receipt.encode()).hexdigest()
        self._writes.steps.append(_row(settlement, authorization, event))
        return settlement

    def write(self, *, commits: bool = False) -> None:
        """Write them, and end the transaction with that when ``commits``. Nothing is asked when there are none."""
        if not connection.in_atomic_block:
            raise RuntimeError("a step needs the transaction that locked its authorization")
        if self._writes.steps:
            with connection.wrap_database_errors:
                write_steps(connection.connection, self._writes, commits=commits and not connection.needs_rollback)


def in_one_transaction(take: Callable[[bool], T]) -> T:
    """What ``take`` returns, in a transaction of its own or in the caller's; told whether it may commit with its last
    statement. A refusal is raised when the transaction is over: what was found to have ended stays ended, and a caller
    inside a transaction of his own needs no savepoint, since a refusal leaves nothing half done."""
    is_whole = not connection.in_atomic_block
    with transaction.atomic(savepoint=False):
        try:
            return take(is_whole)
        except AttornError as error:
            refusal = error
    raise refusal


def hold_not_found() -> NotFound:
    return NotFound("hold_not_found", "There is no such authorization, or it is not yours.")


def repeated(before: Settlement | None, step: Step) -> Settlement | None:
    """The step that carried the same reference before. Stops a vendor's retry without its idempotency key from being
    booked twice. Conflict ``reference_reused`` for another amount."""
    if step.reference is not None and not 0 < len(step.reference) <= REFERENCE_LENGTH_MAX:
        raise InvalidInput("reference_invalid", f"A reference has 1 to {REFERENCE_LENGTH_MAX} characters.")
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


def _row(settlement: Settlement, authorization: Authorization, event: Payload) -> StepRow:
    closed_at = authorization.closed_at
    return StepRow(
        id=settlement.pk,
        authorization=authorization.pk,
        kind=str(settlement.kind),
        amount=settlement.amount,
        released=settlement.released,
        reference=settlement.reference,
        receipt=settlement.receipt,
        at=settlement.at.isoformat(),
        actor=settlement.actor,
        open=authorization.open,
        captured=authorization.captured,
        refunded=authorization.refunded,
        over=authorization.over,
        state=str(authorization.state),
        close_reason=str(authorization.close_reason),
        closed_at=None if closed_at is None else closed_at.isoformat(),
        receipt_digest=authorization.receipt_digest,
        event=new_event_id(),
        event_kind=event.kind,
        payload=orjson.dumps(asdict(event)),
        principal=authorization.principal,
    )


def _receipt(settlement: Settlement, *, signer: Signer) -> str:
    """The signed step. It names the digest of the receipt before it, so that none can be taken out of the row."""
    authorization = settlement.authorization
    claims: dict[str, Any] = {
        "iss": registry_did(),
        "iat": int(settlement.at.timestamp()),
        "id": settlement.pk,
        "authorization_id": authorization.pk,
        "step": str(settlement.kind),
        "amount": settlement.amount,
        "released": settlement.released,
        "currency": authorization.currency,
        "open": authorization.open,
        "captured": authorization.captured,
        "refunded": authorization.refunded,
        "state": str(authorization.state),
        "close_reason": str(authorization.close_reason),
        "previous_receipt": authorization.receipt_digest,
    }
    return sign_claims(claims, signer=signer)
