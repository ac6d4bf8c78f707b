"""An intent: the agent's own word, signed by the one key its delegation names, for one purchase at one vendor.

A compact JWS (RFC 7515) of type ``attorn-intent+jwt``. No Django here. A nonce is used up by an approval only, so that
a refused or stepped-up attempt may be sent again within the intent's five minutes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from identity.credentials.jws import Jws, algorithm_fits, header_refusal, parse_jws, sign_jws
from identity.delegation.constraints.lists import is_action
from identity.delegation.facts import Refusal
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.money import Money, check_exponent
from identity.primitives.multikey import PublicKey
from identity.primitives.signing import Signer

INTENT_TYPE = "attorn-intent+jwt"
INTENT_SECONDS_MAX = 300
CLOCK_SKEW_SECONDS = 60
INTENT_LENGTH_MAX = 8_192

_NONCE = re.compile(r"[A-Za-z0-9_-]{16,128}")
_DIGEST = re.compile(r"sha-256:[A-Za-z0-9_=+/-]{1,88}")  # hex or base64, as the ledger keeps it
_REQUIRED = frozenset(
    {"iss", "aud", "ledger", "delegation", "action", "amount", "maxAmount", "currency", "exponent", "orderHash"}
    | {"nonce", "iat", "exp"}
)
_KNOWN = _REQUIRED | {"offerDigest", "jti"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the agent wants: ``amount`` now, at most ``max_amount`` in the end, at ``vendor`` (a DID) for one order.
    ``delegation`` is the leaf link's typed id or its credential's urn:uuid. ``order_hash`` reads ``sha-256:…``."""

    agent: str
    vendor: str
    ledger: str
    delegation: str
    action: str
    amount: Money
    max_amount: Money
    order_hash: str
    nonce: str
    issued_at: datetime
    expires_at: datetime
    offer_digest: str | None = None

    def claims(self) -> dict[str, Any]:
        offer = {} if self.offer_digest is None else {"offerDigest": self.offer_digest}
        return {
            "iss": self.agent,
            "aud": self.vendor,
            "ledger": self.ledger,
            "delegation": self.delegation,
            "action": self.action,
            "amount": self.amount.amount,
            "maxAmount": self.max_amount.amount,
            "currency": self.amount.currency,
            "exponent": self.amount.exponent,
            "orderHash": self.order_hash,
            "nonce": self.nonce,
            "iat": int(self.issued_at.timestamp()),
            "exp": int(self.expires_at.timestamp()),
            **offer,
        }


@dataclass(frozen=True, slots=True)
class SignedIntent:
    """An intent as it came, before any signature was checked. ``key_id`` is the header's ``kid``, a hint only."""

    intent: Intent
    token: str
    key_id: str | None
    jws: Jws

    def is_signed_by(self, public_key: PublicKey) -> bool:
        """By the key's own algorithm, as ``signature_holds`` says; an intent is judged by the registry alone."""
        jws = self.jws
        return algorithm_fits(jws, public_key=public_key) and public_key.verify_fast(jws.signature, jws.signing_input)


def sign_intent(intent: Intent, *, signer: Signer) -> str:
    """The compact token of ``intent``."""
    header = {"typ": INTENT_TYPE, "kid": signer.verification_method}
    return sign_jws(header, intent.claims(), signer=signer)


def read_intent(token: Any) -> SignedIntent | Refusal:
    """The intent a token spells, or why it spells none: ``agent_proof_invalid`` or a code of amounts."""
    try:
        if not isinstance(token, str) or len(token) > INTENT_LENGTH_MAX:
            raise InvalidInput(
                "agent_proof_invalid", f"An intent is a token of at most {INTENT_LENGTH_MAX} characters."
            )
        jws = parse_jws(token)
        sentence = header_refusal(jws, types=frozenset({INTENT_TYPE}))
        if sentence is not None:
            raise _invalid(sentence)
        intent = _intent(jws.payload)
    except AttornError as error:
        return _refused(error.code if error.code.startswith("amount_") else "agent_proof_invalid", error.detail)
    key_id = jws.header.get("kid")
    return SignedIntent(intent, token, key_id if isinstance(key_id, str) else None, jws)


def intent_refusal(
    signed: SignedIntent,
    *,
    public_key: PublicKey,
    holder_thumbprint: str,
    agent: str,
    vendor: str,
    ledger: str,
    at: datetime,
) -> Refusal | None:
    """Why this intent is not the holder's, for this vendor, now; None when it is. Freshness of the nonce is the
    ledger's to say. Stops an intent of another key, one meant for another vendor or ledger, and an old one."""
    intent = signed.intent
    if public_key.thumbprint() != holder_thumbprint:
        return _refused("holder_mismatch", "Another key signed than the one that the delegation names.")
    if not signed.is_signed_by(public_key):
        return _refused("agent_proof_invalid", "The signature of the intent does not hold.")
    if intent.agent != agent:
        return _refused("holder_mismatch", "The intent is another agent's.")
    if intent.vendor != vendor:
        return _refused("audience_mismatch", "The intent is meant for another vendor.")
    if intent.ledger != ledger:
        return _refused("ledger_mismatch", "The intent is meant for another ledger.")
    return time_refusal(intent, at=at)


def time_refusal(intent: Intent, *, at: datetime) -> Refusal | None:
    """``agent_proof_expired`` unless ``at`` lies within the intent's time, clocks being off by a minute at most."""
    seconds = (at - intent.issued_at).total_seconds()
    if at >= intent.expires_at or seconds < -CLOCK_SKEW_SECONDS:
        return _refused("agent_proof_expired", "The intent is too old, or from the future.")
    return None


def _intent(claims: dict[str, Any]) -> Intent:
    if not _REQUIRED <= claims.keys() <= _KNOWN:
        raise _invalid("The intent does not have exactly its members.")
    amount = Money(claims["amount"], claims["currency"])
    most = Money(claims["maxAmount"], claims["currency"])
    check_exponent(amount.currency, claims["exponent"])
    if not 0 < amount.amount <= most.amount:
        raise InvalidInput("amount_invalid", "The amount is above 0 and not above maxAmount.")
    issued_at, expires_at = _seconds(claims["iat"]), _seconds(claims["exp"])
    if not 0 < (expires_at - issued_at).total_seconds() <= INTENT_SECONDS_MAX:
        raise _invalid(f"An intent lives at most {INTENT_SECONDS_MAX} seconds.")
    for name in ("iss", "aud", "ledger", "delegation"):
        if not isinstance(claims[name], str) or not 0 < len(claims[name]) <= 300:
            raise _invalid(f"The member {name} is a text.")
    if not isinstance(claims["action"], str) or not is_action(claims["action"]):
        raise _invalid("The action is a path such as /commerce/pay/once.")
    return Intent(
        agent=claims["iss"],
        vendor=claims["aud"],
        ledger=claims["ledger"],
        delegation=claims["delegation"],
        action=claims["action"],
        amount=amount,
        max_amount=most,
        order_hash=_text(claims["orderHash"], _DIGEST, "orderHash"),
        nonce=_text(claims["nonce"], _NONCE, "nonce"),
        issued_at=issued_at,
        expires_at=expires_at,
        offer_digest=_text(claims["offerDigest"], _DIGEST, "offerDigest") if "offerDigest" in claims else None,
    )


def _seconds(value: Any) -> datetime:
    if type(value) is not int or not 0 < value < 2**40:
        raise _invalid("The times of an intent are whole seconds since 1970.")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise _invalid("The times of an intent are whole seconds since 1970.") from error


def _text(value: Any, form: re.Pattern[str], name: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _invalid(f"The member {name} does not have its form.")
    return value


def _invalid(sentence: str) -> InvalidInput:
    return InvalidInput("agent_proof_invalid", sentence)


def _refused(code: str, detail: str) -> Refusal:
    return Refusal(code, -1, "", detail)
