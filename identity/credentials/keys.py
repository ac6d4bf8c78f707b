"""What a verifier knows about the key behind a signature. Values only: no database, no network, no Django here.

A key resolver is any ``Callable[[str], ResolvedKey | Unresolved]``: it takes a verification method, a DID URL such
as ``did:web:example.com#key-1``. ``key_resolution.resolve_key`` is the registry's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from identity.primitives.clock import rfc3339
from identity.primitives.multikey import PublicKey

MALFORMED_METHOD = "malformed_verification_method"
METHOD_UNSUPPORTED = "did_method_unsupported"
NOT_FOUND = "key_not_found"
UNREACHABLE = "did_unreachable"
MALFORMED_DOCUMENT = "malformed_did_document"
UNSUPPORTED_KEY = "unsupported_key"
NOT_YET_VALID = "key_not_yet_valid"
EXPIRED = "key_expired"
REVOKED = "key_revoked"
PURPOSE_REFUSED = "key_purpose_refused"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No key, and why: ``code`` is one of the constants above, ``detail`` a sentence for a person."""

    code: str
    detail: str

    @property
    def is_unknown(self) -> bool:
        """Whether asking again later may find the key. It says nothing about the signature: neither good nor bad."""
        return self.code == UNREACHABLE


@dataclass(frozen=True, slots=True)
class ResolvedKey:
    """A key as its controller publishes it. ``purposes`` are verification relationships (DID Core section 5.3)."""

    public_key: PublicKey
    controller: str
    purposes: frozenset[str]
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    revoked_at: datetime | None = None

    def refusal(self, *, purpose: str, at: datetime) -> Unresolved | None:
        """Why this key may not be believed for ``purpose`` at ``at``, or None (Controlled Identifiers 1.0, 2.2).

        Stops a key made to log in from asserting facts, and a retired or stolen one from going on as if nothing
        had happened: a date inside the signed document is the signer's own word, so the time of asking counts.
        """
        if self.revoked_at is not None and at >= self.revoked_at:
            return Unresolved(REVOKED, f"The key was revoked on {rfc3339(self.revoked_at)}.")
        if self.valid_from is not None and at < self.valid_from:
            return Unresolved(NOT_YET_VALID, f"The key counts only from {rfc3339(self.valid_from)}.")
        if self.valid_until is not None and at >= self.valid_until:
            return Unresolved(EXPIRED, f"The key expired on {rfc3339(self.valid_until)}.")
        if purpose not in self.purposes:
            return Unresolved(PURPOSE_REFUSED, f"{self.controller} does not publish this key for {purpose}.")
        return None


KeyFor = Callable[[str], ResolvedKey | Unresolved]
