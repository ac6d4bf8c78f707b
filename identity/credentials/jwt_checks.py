"""What every signed token of ours is asked, whatever it carries: who signed it, with which key, and its own times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from identity.credentials.jws import Jws, signature_holds
from identity.credentials.keys import NOT_FOUND, KeyFor, ResolvedKey, Unresolved
from identity.credentials.limits import CLOCK_SKEW

_SECONDS_MAX = 253_402_300_800  # the year 10000


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a token is not believed. ``is_unknown``: we could not find out, and later may."""

    code: str
    detail: str
    is_unknown: bool = False


def signing_key(
    jws: Jws, signatory: object, *, purpose: str, key_for: KeyFor, at: datetime
) -> tuple[str, ResolvedKey] | Refused:
    """The verification method and key that signed ``jws``, if the key counts and the signature holds.

    ``signatory`` is the DID the token says it is from. A key of somebody else is refused before it is looked up, so
    that a token cannot make us ask a host that has nothing to do with it.
    """
    method = verification_method(jws, signatory)
    if isinstance(method, Refused):
        return method
    if signatory is not None and method.partition("#")[0] != signatory:
        return Refused("issuer_mismatch", f"The token is from {str(signatory)[:200]!r}, but names another's key.")
    key = key_for(method)
    if isinstance(key, Unresolved):
        return Refused(key.code, key.detail, is_unknown=key.is_unknown)
    if (refusal := key.refusal(purpose=purpose, at=at)) is not None:
        return Refused(refusal.code, refusal.detail)
    if not signature_holds(jws, public_key=key.public_key):
        return Refused("invalid_signature", f"The signature is not that of {method}.")
    return method, key


def verification_method(jws: Jws, signatory: object) -> str | Refused:
    """The DID URL of the key that must have signed: ``kid``, which may be relative to whoever ``signatory`` is."""
    kid = jws.header.get("kid")
    if isinstance(kid, str) and kid.startswith("did:"):
        return kid
    if not isinstance(signatory, str):
        return Refused(NOT_FOUND, "The token names neither its key (kid) nor who signed it.")
    if isinstance(kid, str) and kid:
        return f"{signatory}#{kid.removeprefix('#')}"
    if kid is None and signatory.startswith("did:key:"):
        return f"{signatory}#{signatory.removeprefix('did:key:')}"
    if kid is None and signatory.startswith("did:jwk:"):
        return f"{signatory}#0"
    return Refused(NOT_FOUND, "The token does not name its key (kid).")


def party(value: object) -> object:
    """The id of an issuer or holder, which stands as text or as an object with an id."""
    return value.get("id") if isinstance(value, dict) else value


def dates_refusal(claims: dict[str, Any], *, at: datetime) -> Refused | None:
    """Why the token's own times (``nbf``, ``iat``, ``exp``; seconds since 1970) forbid believing it at ``at``."""
    moments: dict[str, datetime] = {}
    for name in ("nbf", "iat", "exp"):
        if name in claims:
            value = claims[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _SECONDS_MAX:
                return Refused("malformed_jwt", f"The claim {name} is no time.")
            moments[name] = datetime.fromtimestamp(value, UTC)
    if any(moments.get(name, at) > at + CLOCK_SKEW for name in ("nbf", "iat")):
        return Refused("not_yet_valid", "The token is from the future.")
    if "exp" in moments and at >= moments["exp"]:
        return Refused("expired", "The token has expired.")
    return None
