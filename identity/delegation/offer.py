"""An offer: the vendor's signed word to one agent about one order, before the agent reveals anything. No Django here.

A compact JWS (RFC 7515) of type ``attorn-offer+jwt``. The agent's nonce is in it, so that it was made for this asking;
its digest stands in the agent's intent, so that the decision is about this offer and no other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from identity.credentials.jws import Jws, parse_typed, sign_jws, signature_holds
from identity.primitives.canonical import canonicalize
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.money import Money, check_amount, check_exponent
from identity.primitives.multikey import PublicKey
from identity.primitives.signing import Signer

OFFER_TYPE = "attorn-offer+jwt"
OFFER_SECONDS_MAX = 3_600
OFFER_LENGTH_MAX = 8_192
CLOCK_SKEW_SECONDS = 60

_NONCE = re.compile(r"[A-Za-z0-9_-]{16,128}")
_DIGEST = re.compile(r"sha-256:[0-9a-f]{64}")
_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,280}")
CLAIMS = frozenset({"iss", "aud", "total", "currency", "exponent", "itemsDigest", "nonce", "iat", "exp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """``vendor`` (a DID) sells to ``agent`` (a DID) what ``items_digest`` stands for, at ``total`` in all. The digests
    read ``sha-256:`` and hex; ``items_digest`` is the order hash of the intent that follows."""

    vendor: str
    agent: str
    total: Money
    items_digest: str
    nonce: str
    issued_at: datetime
    expires_at: datetime
    terms_digest: str | None = None

    def claims(self) -> dict[str, Any]:
        terms = {} if self.terms_digest is None else {"termsDigest": self.terms_digest}
        return {
            "iss": self.vendor,
            "aud": self.agent,
            "total": self.total.amount,
            "currency": self.total.currency,
            "exponent": self.total.exponent,
            "itemsDigest": self.items_digest,
            "nonce": self.nonce,
            "iat": int(self.issued_at.timestamp()),
            "exp": int(self.expires_at.timestamp()),
            **terms,
        }


@dataclass(frozen=True, slots=True)
class SignedOffer:
    """An offer as it came, before its signature was checked. ``key_id`` is the header's ``kid``."""

    offer: Offer
    token: str
    key_id: str
    jws: Jws

    @property
    def digest(self) -> str:
        """What the intent carries as ``offerDigest``."""
        return token_digest(self.token)

    def is_signed_by(self, public_key: PublicKey) -> bool:
        return signature_holds(self.jws, public_key=public_key)


def sign_offer(offer: Offer, *, signer: Signer) -> str:
    """The compact token of ``offer``."""
    return sign_jws({"typ": OFFER_TYPE, "kid": signer.verification_method}, offer.claims(), signer=signer)


def read_offer(token: Any) -> SignedOffer:
    """The offer a token spells. InvalidInput ``offer_invalid``."""
    try:
        jws, key_id = parse_typed(token, kind=OFFER_TYPE, length_max=OFFER_LENGTH_MAX)
        return SignedOffer(_offer(jws.payload), token, key_id, jws)
    except AttornError as error:
        raise _invalid(error.detail) from error


def digest_of_items(items: Any) -> str:
    """``sha-256:`` and the hex digest of the canonical JSON (RFC 8785) of whatever describes the order."""
    return f"sha-256:{sha256(canonicalize(items)).hexdigest()}"


def token_digest(token: str) -> str:
    return f"sha-256:{sha256(token.encode()).hexdigest()}"


def _offer(claims: dict[str, Any]) -> Offer:
    if not CLAIMS <= set(claims) <= CLAIMS | {"termsDigest"}:
        raise _invalid("The offer does not have exactly its members.")
    total = Money(check_amount(claims["total"]), claims["currency"])
    check_exponent(total.currency, claims["exponent"])
    issued_at, expires_at = _seconds(claims["iat"]), _seconds(claims["exp"])
    if total.amount == 0 or not 0 < (expires_at - issued_at).total_seconds() <= OFFER_SECONDS_MAX:
        raise _invalid(f"An offer is over more than nothing and lives at most {OFFER_SECONDS_MAX} seconds.")
    return Offer(
        vendor=_text(claims["iss"], _DID, "iss"),
        agent=_text(claims["aud"], _DID, "aud"),
        total=total,
        items_digest=_text(claims["itemsDigest"], _DIGEST, "itemsDigest"),
        nonce=_text(claims["nonce"], _NONCE, "nonce"),
        issued_at=issued_at,
        expires_at=expires_at,
        terms_digest=_text(claims["termsDigest"], _DIGEST, "termsDigest") if "termsDigest" in claims else None,
    )


def _seconds(value: Any) -> datetime:
    if type(value) is not int or not 0 < value < 2**37:
        raise _invalid("The times of an offer are whole seconds since 1970.")
    return datetime.fromtimestamp(value, UTC)


def _text(value: Any, form: re.Pattern[str], name: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _invalid(f"The member {name} does not have its form.")
    return value


def _invalid(sentence: str) -> InvalidInput:
    return InvalidInput("offer_invalid", sentence, field="offer")
