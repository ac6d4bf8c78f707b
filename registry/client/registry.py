"""One registry as its clients know it: its keys, its answers about agents and vendors, its receipts, all checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from identity.credentials.did_keys import key_in_document, offline_keys, split_method
from identity.credentials.jws import header_refusal, parse_jws, signature_holds
from identity.credentials.keys import KeyFor, ResolvedKey, Unresolved
from identity.primitives.clock import now
from identity.primitives.did import canonical_did, did_web
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PublicKey
from registry.client.answers import Expected, check_answer
from registry.client.errors import NotVerified, Refused
from registry.client.transport import Transport

KEYS_KEPT_SECONDS: Final = 300
KEYS_ASKED_AGAIN_SECONDS: Final = 5  # a token with a made-up key must not make us knock at every call
RECEIPT_TYPES: Final = frozenset({"attorn-receipt+jwt"})
_ASSERTION: Final = "assertionMethod"


class Registry:
    """The registry behind ``transport``. ``did`` is the one you mean; did:web of its address when left out.

    >>> registry = Registry(Transport("https://attorn.example"))
    >>> registry.resolve("did:web:attorn.example:agents:agt_…")["standing"]["status"]
    'active'
    """

    def __init__(self, transport: Transport, *, did: str | None = None, clock: Callable[[], datetime] = now) -> None:
        self.transport = transport
        self.did = canonical_did(did) if did else did_web(urlsplit(transport.url).netloc)
        self.clock = clock
        self._keys: KeyFor | None = None
        self._keys_read_at = 0.0

    def resolve(self, did: str) -> dict[str, Any]:
        """The signed answer about an agent or a vendor, checked: who signed, about whom, and that it is fresh.

        Refused when the register knows nobody of that name; NotVerified when the answer does not hold.
        """
        query = canonical_did(did)
        reply = self.transport.look_up(f"/v1/resolve/{quote(query, safe=':')}")
        answer = reply.json()
        if "proof" not in answer:
            raise Refused(reply.status, answer)
        check_answer(answer, Expected(query, self.did, self.signing_key, self.clock()))
        if reply.status not in (200, 410):
            raise Refused(reply.status, {"code": str(answer.get("reason")), "detail": f"Nobody answers to {query}."})
        return answer

    def signed_claims(
        self,
        token: object,
        *,
        types: frozenset[str] = RECEIPT_TYPES,
        issuer: str | None = None,
        keys: Mapping[str, PublicKey] | None = None,
    ) -> dict[str, Any]:
        """What a token by this registry says. NotVerified unless one of its keys signed it as one of ``types``.
        ``issuer`` is what it calls itself in them, its DID when left out; ``keys`` are pinned ones, by name."""
        try:
            jws = parse_jws(token if isinstance(token, str) else "")
        except AttornError as error:
            raise NotVerified(f"The token cannot be read: {error.detail}") from error
        sentence = header_refusal(jws, types=types)
        if sentence is not None:
            raise NotVerified(sentence)
        if jws.payload.get("iss") != (issuer or self.did):
            raise NotVerified(f"The token is not by {issuer or self.did}.")
        name = str(jws.header.get("kid"))
        if not signature_holds(jws, public_key=keys[name] if keys and name in keys else self.signing_key(name)):
            raise NotVerified("The signature of the token does not hold.")
        return jws.payload

    def signing_key(self, method: str) -> PublicKey:
        """The registry's own key of that name, read from its DID document again when it is not known."""
        if method.partition("#")[0] != self.did:
            raise NotVerified(f"{method} is no key of {self.did}.")
        age = time.monotonic() - self._keys_read_at
        key = self._keys(method) if self._keys is not None and age < KEYS_KEPT_SECONDS else None
        if not isinstance(key, ResolvedKey) and (self._keys is None or age >= KEYS_ASKED_AGAIN_SECONDS):
            self._keys = offline_keys(self.transport.look_up("/.well-known/did.json").json())
            self._keys_read_at = time.monotonic()
            key = self._keys(method)
        return _believed(key or Unresolved("key_not_found", f"{self.did} has no such key."), at=self.clock())


def key_of_agent(answer: dict[str, Any], method: str, *, at: datetime) -> PublicKey:
    """The key ``method`` out of a checked answer about an agent, if it may assert things. NotVerified otherwise."""
    identity = answer["identity"]
    rows = [row for row in identity["verification_methods"] if row["id"] == method]
    parts = split_method(method)
    if isinstance(parts, Unresolved) or not rows or _ASSERTION not in rows[0]["purposes"]:
        raise NotVerified(f"{method} is no signing key of {identity['did']}.")
    entry = {
        "id": method,
        "type": "Multikey",
        "controller": identity["did"],
        "publicKeyMultibase": rows[0]["public_key_multibase"],
    }
    document = {"id": identity["did"], "verificationMethod": [entry], _ASSERTION: [method]}
    return _believed(key_in_document(document, did=parts[0], fragment=parts[1]), at=at)


def _believed(key: ResolvedKey | Unresolved, *, at: datetime) -> PublicKey:
    refusal = key if isinstance(key, Unresolved) else key.refusal(purpose=_ASSERTION, at=at)
    if refusal is not None or isinstance(key, Unresolved):
        raise NotVerified(refusal.detail if refusal is not None else "There is no such key.")
    return key.public_key
