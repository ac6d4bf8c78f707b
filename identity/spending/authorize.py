"""May this agent spend this here, now? The one call behind ``POST /v1/authorizations``.

What needs no lock is checked first: the intent and its signature. What is counted is decided close to the data, in
groups (``desk``, ``group``). Approved means committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import InterfaceError, OperationalError, connection

from identity.agents.addresses import registry_did
from identity.delegation.facts import Refusal
from identity.delegation.intent import Intent, SignedIntent, intent_refusal, read_intent
from identity.delegation.offer import read_offer
from identity.delegation.sandbox import sells_in_sandbox
from identity.journal.actor import Actor
from identity.primitives.errors import AttornError, InvalidInput, Unavailable
from identity.primitives.money import AMOUNT_MAX, SANDBOX_CURRENCY, Money
from identity.spending.attempt import Attempt, Decided
from identity.spending.chain import Chain
from identity.spending.chains import chain_of, leaf_named
from identity.spending.decision import NOWHERE, SpendRequest
from identity.spending.desk import Desk
from identity.spending.evidence import canonical
from identity.spending.group import Answer, decide_group
from identity.spending.holder_keys import counts_at, key_named
from identity.spending.limits import HOLD_DEFAULT, HOLD_MAX, HOLD_MIN, TOLERANCE_PERCENT_MAX
from identity.spending.unfounded import decline_unfounded

# lock_not_available, query_canceled: another writer held something for too long.
_TIMEOUTS = frozenset({"55P03", "57014"})


def is_without_database(error: Exception) -> bool:
    """No connection, or the server ended it: it has no SQLSTATE, or one of shutting down (class 57P). Or a connection
    whose prepared statements a pooler has dropped (26000)."""
    state = getattr(error.__cause__ or error, "sqlstate", None)
    if not isinstance(error, OperationalError | InterfaceError):
        return state == "26000"
    return state is None or state.startswith(("57P", "08"))


def return_to_pool() -> None:
    """Stops those who wait for a decision from holding all connections of a pool, so that whoever is to decide for all
    of them gets none."""
    if connection.connection is not None and connection.settings_dict["OPTIONS"].get("pool"):
        connection.close()


_desk: Desk[Attempt, Answer] = Desk(decide_group, is_of_all=is_without_database, before_waiting=return_to_pool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a vendor asks to be authorized, as it came over the wire, its parts checked for form.

    ``vendor`` is the calling vendor's agent id and ``vendor_did`` its DID, both from its authentication. ``caller_key``
    and ``fingerprint`` are digests: of caller and idempotency key, and of the body.
    """

    intent: str
    vendor: str
    vendor_did: str
    amount: Money
    order_hash: str | None = None
    order_display: str = ""
    tolerance_percent: int = 0
    hold_for: timedelta = HOLD_DEFAULT
    approval: str | None = None
    offer: str | None = None
    agent_note: str = ""
    is_dry_run: bool = False
    caller_key: str | None = None
    fingerprint: str = ""


def authorize_spend(order: Order, *, actor: Actor, at: datetime) -> Decided:
    """Hold the amount, ask the human, or decline; each with its evidence and the registry's signed receipt.

    Raises InvalidInput ``hold_for_invalid``, ``tolerance_invalid``, ``idempotency_key_reused``; Unavailable
    ``decision_timeout`` or ``ledger_unavailable``: then nothing happened, and the same call may be sent again.
    """
    check_terms(order)
    signed = read_intent(order.intent)
    if isinstance(signed, Refusal):
        return decline_unfounded(order, signed, actor=actor, at=at)
    chain = chain_named(signed)
    if chain is None:
        refusal = Refusal("delegation_unregistered", NOWHERE, "", "No such delegation is registered here.")
        return decline_unfounded(order, refusal, actor=actor, at=at)
    return decide_attempt(attempt_of(order, signed, chain, actor=actor, at=at))


def check_terms(order: Order) -> None:
    """InvalidInput ``hold_for_invalid`` or ``tolerance_invalid`` for what no order may ask."""
    if not HOLD_MIN <= order.hold_for <= HOLD_MAX:
        raise InvalidInput("hold_for_invalid", "A hold is for one minute to 31 days.", field="hold_for")
    if not 0 <= order.tolerance_percent <= TOLERANCE_PERCENT_MAX:
        raise InvalidInput(
            "tolerance_invalid", f"A tolerance is 0 to {TOLERANCE_PERCENT_MAX} percent.", field="tolerance_percent"
        )


def chain_named(signed: SignedIntent) -> Chain | None:
    """The chain that the intent spends under; None when its delegation is not registered here."""
    leaf = leaf_named(signed.intent.delegation)
    return chain_of(leaf) if leaf else None


def decide_attempt(attempt: Attempt) -> Decided:
    """Have it decided: with others that wait, or inside the transaction that the caller has opened."""
    try:
        answer = decide_group([attempt])[0] if connection.in_atomic_block else _desk.ask(attempt)
    except (OperationalError, InterfaceError) as error:
        raise unavailable(error) from error
    if isinstance(answer, AttornError):
        raise answer
    return answer


def unavailable(error: Exception) -> AttornError:
    """What a caller is told when the ledger could not decide: the transaction is gone, so nothing happened."""
    state = getattr(error.__cause__ or error, "sqlstate", None)
    if state in _TIMEOUTS:
        return Unavailable("decision_timeout", "The decision took too long; nothing happened. Send it again.")
    return Unavailable("ledger_unavailable", "The ledger cannot be reached; nothing happened. Send it again.")


def attempt_of(
    order: Order, signed: SignedIntent, chain: Chain, *, actor: Actor, at: datetime, service_key: str | None = None
) -> Attempt:
    """The checked request; what is wrong with its proof stands in it as refusals and is decided with the rest."""
    intent = signed.intent
    hold = order.amount.amount + order.amount.amount * order.tolerance_percent // 100
    request = SpendRequest(
        vendor=order.vendor,
        action=intent.action,
        amount=order.amount.amount,
        hold=hold,
        charge=hold,
        currency=order.amount.currency,
        order_hash=intent.order_hash,
        nonce=intent.nonce,
        binding_digest=binding_digest(chain, intent, amount=order.amount.amount, hold=hold),
        key_thumbprint=chain.leaf.holder_thumbprint,
        at=at,
        counted_at=at,
        expires_at=at + order.hold_for,
        approval=order.approval,
        proof_refusals=tuple(proof_refusals(order, signed, chain, hold=hold, at=at)),
    )
    return Attempt(
        request=request,
        chain=chain,
        caller_key=order.caller_key,
        fingerprint=order.fingerprint,
        actor=str(actor),
        described={
            "intent_digest": sha256(signed.token.encode()).hexdigest(),
            "tolerance_percent": order.tolerance_percent,
            "order_display": order.order_display,
            "approval": order.approval,
        },
        nonce_expires_at=intent.expires_at,
        is_dry_run=order.is_dry_run,
        agent_note=order.agent_note,
        service_key=service_key,
    )


def proof_refusals(order: Order, signed: SignedIntent, chain: Chain, *, hold: int, at: datetime) -> list[Refusal]:
    """What is wrong with the intent itself: whose it is, for whom, how fresh, and whether the order is what it says.

    Stops a vendor from asking for more than the agent signed, or for another order than the agent saw.
    """
    intent, leaf = signed.intent, chain.leaf
    found = []
    key = key_named(signed.key_id, leaf.holder_thumbprint)
    if key is None:
        found.append(Refusal("agent_key_unrecognized", NOWHERE, "", "The intent names a key that nobody registered."))
    else:
        refusal = intent_refusal(
            signed,
            public_key=key,
            holder_thumbprint=leaf.holder_thumbprint,
            agent=chain.agent_dids[-1],
            vendor=order.vendor_did,
            ledger=registry_did(),
            at=at,
        )
        found += [refusal] if refusal is not None else []
    if order.order_hash is not None and order.order_hash != intent.order_hash:
        found.append(Refusal("order_mismatch", NOWHERE, "", "The intent is for another order."))
    if order.offer is not None and not _is_offered(order, intent):
        found.append(Refusal("offer_invalid", NOWHERE, "", "The intent is not for this offer of the vendor."))
    if order.amount.amount <= 0 or order.amount.currency != intent.amount.currency or hold > intent.max_amount.amount:
        found.append(Refusal("amount_invalid", NOWHERE, "", "The vendor asks for another amount than was signed."))
    elif hold > AMOUNT_MAX:
        found.append(Refusal("amount_overflow", NOWHERE, "", "The amount is beyond what the ledger holds."))
    if order.amount.currency == SANDBOX_CURRENCY and not sells_in_sandbox(order.vendor):
        found.append(Refusal("currency_not_allowed", NOWHERE, "", f"{SANDBOX_CURRENCY} is the sandbox's own."))
    return found


def binding_digest(chain: Chain, intent: Intent, *, amount: int, hold: int) -> str:
    """What an approval is for: these parties, this amount, this order; no nonce and no time, so that the agent may
    sign a fresh intent for the same purchase after a slow answer."""
    binding = {
        "path": list(chain.path),
        "agent": intent.agent,
        "vendor": intent.vendor,
        "action": intent.action,
        "amount": amount,
        "maxAmount": hold,
        "currency": intent.amount.currency,
        "exponent": intent.amount.exponent,
        "orderHash": intent.order_hash,
        "offerDigest": intent.offer_digest,
    }
    return sha256(canonical(binding)).hexdigest()


def _is_offered(order: Order, intent: Intent) -> bool:
    """Whether the offer is the one the agent signed for, made by this vendor for this agent, with a key that counts:
    one stolen and then revoked makes no offers, whatever time it writes into them."""
    try:
        signed = read_offer(order.offer)
    except InvalidInput:
        return False
    offer = signed.offer
    key = key_named(signed.key_id, "")
    is_vendors = signed.key_id.partition("#")[0] == order.vendor_did == offer.vendor
    is_same = signed.digest == intent.offer_digest and offer.agent == intent.agent
    if not (is_same and is_vendors and key is not None and signed.is_signed_by(key)):
        return False
    return counts_at(signed.key_id, offer.issued_at)
