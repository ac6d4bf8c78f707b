"""Holding more for the same order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from identity.agents.models import Agent
from identity.delegation.facts import Refusal
from identity.delegation.intent import read_intent
from identity.journal.actor import Actor
from identity.primitives.errors import Conflict
from identity.primitives.money import Money
from identity.spending.attempt import Decided
from identity.spending.authorize import Order, attempt_of, decide_attempt
from identity.spending.chains import chain_of, leaf_named
from identity.spending.limits import HOLD_DEFAULT
from identity.spending.models import Authorization
from identity.spending.settlement import check_step_amount, hold_not_found
from identity.spending.unfounded import decline_unfounded


def increment(
    *,
    authorization_id: str,
    vendor: str,
    more: Money,
    intent: str,
    approval: str | None = None,
    caller_key: str | None,
    fingerprint: str,
    actor: Actor,
    at: datetime,
) -> Decided:
    """Hold ``more`` under the same authorization, by a new intent over the whole new amount. Everything is judged
    again; the difference counts in the calendar and consent windows of the first decision, and now where a window
    looks back. Where the links say so, the human is asked about the whole new amount, and ``approval`` is her answer;
    what a budget has no room for she cannot lift here: ask for a new authorization.

    Raises NotFound ``hold_not_found``; Conflict ``increment_mismatch``, ``hold_expired``, ``hold_closed``.
    """
    check_step_amount(more.amount)
    authorization = Authorization.objects.filter(pk=authorization_id, vendor=vendor).first()
    if authorization is None:
        raise hold_not_found()
    if more.currency != authorization.currency:
        raise Conflict("increment_mismatch", f"The authorization is in {authorization.currency}.")
    whole = Money(authorization.amount + more.amount, more.currency)
    order = Order(
        intent=intent,
        vendor=vendor,
        vendor_did=Agent.objects.values_list("did", flat=True).get(pk=vendor),
        amount=whole,
        order_hash=authorization.order_hash,
        hold_for=HOLD_DEFAULT,
        approval=approval,
        caller_key=caller_key,
        fingerprint=fingerprint,
    )
    signed = read_intent(intent)
    if isinstance(signed, Refusal):
        return decline_unfounded(order, signed, actor=actor, at=at)
    chain = chain_of(leaf_named(signed.intent.delegation) or "")
    if chain is None or list(chain.path) != authorization.path:
        raise Conflict("increment_mismatch", "The intent is under another delegation.")
    attempt = attempt_of(order, signed, chain, actor=actor, at=at)
    request = replace(
        attempt.request,
        charge=more.amount,
        binding_digest=growth_digest(attempt.request.binding_digest, authorization.pk),
        counts_use=False,
        counted_at=authorization.created_at,
        expires_at=authorization.expires_at,
    )
    return decide_attempt(replace(attempt, request=request, increments=authorization.pk))


def growth_digest(binding_digest: str, authorization: str) -> str:
    """What an approval of a growth is for: the purchase as it would be, and the authorization that grows.

    Stops a yes to a growth from holding the whole amount a second time as a new authorization, and the other way round.
    """
    return sha256(f"{binding_digest} {authorization}".encode()).hexdigest()
