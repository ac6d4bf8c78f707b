"""What an authorization and its steps came to, as values, each with a receipt whose signature was checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.primitives.errors import AttornError
from identity.primitives.money import Money
from registry.client.errors import NotVerified


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """Somebody answers for the purchase besides the agent's side: ``insurer`` (a DID) up to an amount, by the
    credential with the id ``certificate``."""

    up_to: Money
    insurer: str
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The amount is held for you until ``capture_before``. ``is_binding`` is false for a dry run: nothing is held and
    ``authorization_id`` is None. ``assurance`` is None when nobody insures the agent for this."""

    decision_id: str
    authorization_id: str | None
    held: Money
    capture_before: datetime
    is_binding: bool
    receipt: str
    assurance: Insured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """The human is asked. Nothing is held. Tell the agent ``approval_id``; authorize again with it and a fresh intent
    once she has approved. ``approval_id`` is None for a dry run."""

    decision_id: str
    approval_id: str | None
    approve_url: str | None
    expires_at: datetime | None
    codes: tuple[str, ...]
    is_binding: bool
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An authorization as it stands, in minor units of ``currency``."""

    id: str
    state: str
    close_reason: str
    currency: str
    amount: int
    open: int
    captured: int
    refunded: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A capture or a refund that counts, and the authorization after it."""

    id: str
    kind: str
    amount: int
    released: int
    receipt: str
    hold: Hold


def read_approved(body: dict[str, Any]) -> Approved:
    try:
        return Approved(
            decision_id=body["decision_id"],
            authorization_id=body["authorization_id"],
            held=Money.from_wire(body["held"]),
            capture_before=datetime.fromisoformat(body["capture_before"]),
            is_binding=body["binding"],
            receipt=body["receipt"],
            assurance=_insured(body.get("assurance")),
        )
    except (KeyError, TypeError, ValueError, AttornError) as error:
        raise _odd(error) from error


def _insured(value: Any) -> Insured | None:
    if value is None:
        return None
    up_to = Money.from_wire(value["insured_up_to"])
    return Insured(up_to=up_to, insurer=str(value["insurer"]), certificate=str(value["certificate"]))


def read_step_up(body: dict[str, Any]) -> StepUp:
    try:
        approval = body["approval"] or {}
        expires_at = approval.get("expires_at")
        return StepUp(
            decision_id=body["decision_id"],
            approval_id=approval.get("id"),
            approve_url=approval.get("approve_url"),
            expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
            codes=tuple(reason["code"] for reason in body["reasons"]),
            is_binding=body["binding"],
            receipt=body["receipt"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _odd(error) from error


def read_hold(body: dict[str, Any]) -> Hold:
    try:
        names = ("id", "state", "close_reason", "currency", "amount", "open", "captured", "refunded")
        return Hold(expires_at=datetime.fromisoformat(body["expires_at"]), **{name: body[name] for name in names})
    except (KeyError, TypeError, ValueError) as error:
        raise _odd(error) from error


def read_settled(body: dict[str, Any]) -> Settled:
    try:
        names = ("id", "kind", "amount", "released", "receipt")
        return Settled(hold=read_hold(body["authorization"]), **{name: body[name] for name in names})
    except (KeyError, TypeError) as error:
        raise _odd(error) from error


def _odd(error: Exception) -> NotVerified:
    return NotVerified(f"The answer does not have the form of a registry's: {error!r}.")
