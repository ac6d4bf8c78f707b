"""Declines of requests that never reach the ledger: an intent nobody can read, a delegation nobody registered."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from identity.agents.models import Vendor
from identity.credentials.issuers import current_signer
from identity.delegation.facts import Refusal
from identity.journal.actor import Actor
from identity.primitives.clock import rfc3339
from identity.primitives.errors import InvalidInput
from identity.primitives.ids import new_decision_id
from identity.spending.attempt import Decided
from identity.spending.evidence import canonical, new_salt
from identity.spending.ledger_reads import once_number
from identity.spending.models import Decision, DecisionClass, Verdict
from identity.spending.receipt import Receipt, answered_before, key_name

if TYPE_CHECKING:
    from identity.spending.authorize import Order


def decline_unfounded(order: Order, refusal: Refusal, *, actor: Actor, at: datetime) -> Decided:
    """Decline, with evidence of what little is known. A repeated call gets the same answer."""
    decision_class = DecisionClass.DRY_RUN if order.is_dry_run else DecisionClass.DECLINED
    with transaction.atomic():
        before = _answered_before(order)
        if before is not None:
            return before
        record = _record(order, refusal, decision=new_decision_id(), decision_class=decision_class, actor=actor, at=at)
        record_bytes = canonical(record)
        signer = current_signer()
        Decision.objects.create(
            id=record["id"],
            caller_key=order.caller_key,
            fingerprint=order.fingerprint,
            decision_class=decision_class,
            verdict=Verdict.DECLINED,
            root="",
            leaf="",
            agent="",
            vendor=order.vendor,
            principal="",
            record=record_bytes,
            signed_by=key_name(signer),
            at=at,
        )
    return Decided(
        id=record["id"],
        verdict=Verdict.DECLINED.value,
        decision_class=decision_class.value,
        record=record,
        signed=Receipt(record, record_bytes, signer),
        authorization=None,
        approval=None,
    )


def _answered_before(order: Order) -> Decided | None:
    if order.caller_key is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [once_number(order.caller_key)])
    row = Decision.objects.filter(caller_key=order.caller_key).first()
    if row is None:
        return None
    if row.fingerprint != order.fingerprint:
        raise InvalidInput("idempotency_key_reused", "This key was used for a request with another body.")
    return answered_before(row, in_charge=current_signer())


def _record(
    order: Order, refusal: Refusal, *, decision: str, decision_class: DecisionClass, actor: Actor, at: datetime
) -> dict[str, Any]:
    vendor = Vendor.objects.filter(pk=order.vendor).first()
    return {
        "id": decision,
        "at": at.isoformat(),
        "salt": new_salt(),
        "class": decision_class.value,
        "verdict": Verdict.DECLINED.value,
        "authorization": None,
        "approval": None,
        "actor": str(actor),
        "agent": {"id": None, "did": None},
        "vendor": {
            "id": order.vendor,
            "did": order.vendor_did,
            "assurance_level": vendor.assurance_level if vendor else None,
        },
        "principal": None,
        "chain": [],
        "request": {
            "intent_digest": sha256(order.intent.encode()).hexdigest(),
            "amount": order.amount.amount,
            "hold": order.amount.amount,
            "currency": order.amount.currency,
            "action": None,
            "order_hash": order.order_hash,
        },
        "expires_at": rfc3339(at),
        "limits": [],
        "lifted": [],
        "reasons": [{"code": refusal.code, "link": None, "limit": "", "detail": refusal.detail}],
    }
