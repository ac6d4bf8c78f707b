"""Keys that can be read from a DID or a DID document in hand. No database, no network, no Django here.

did:key (W3C CCG did:key 0.9), did:jwk (quartzjer/did-jwk), and verification methods of any DID document (W3C
Controlled Identifiers 1.0 sections 2.2 and 3.3) as Multikey, JsonWebKey, JsonWebKey2020 or Ed25519VerificationKey2020.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

from identity.credentials.data_model_dates import read_date_time
from identity.credentials.keys import (
    MALFORMED_DOCUMENT,
    MALFORMED_METHOD,
    METHOD_UNSUPPORTED,
    NOT_FOUND,
    UNSUPPORTED_KEY,
    KeyFor,
    ResolvedKey,
    Unresolved,
)
from identity.primitives.canonical import parse_json
from identity.primitives.did import canonical_did, did_key_public_key, parse_did
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.multikey import PublicKey

SIGNING_PURPOSES = frozenset({"authentication", "assertionMethod", "capabilityDelegation", "capabilityInvocation"})
METHOD_LENGTH_MAX = 1_024
JWK_TEXT_LENGTH_MAX = 700
METHODS_MAX = 200

_MULTIBASE_TYPES = frozenset({"Multikey", "Ed25519VerificationKey2020"})
_JWK_TYPES = frozenset({"JsonWebKey", "JsonWebKey2020"})


def split_method(verification_method: str) -> tuple[str, str] | Unresolved:
    """The DID and the fragment of a verification method such as ``did:web:example.com#key-1``.

    A DID spelled otherwise than the register spells it is refused: issuers are compared as text, and a second
    spelling of one DID (``did:web:Example.com``) would be a second identity to whoever keeps a list of bad ones.
    """
    if not isinstance(verification_method, str) or len(verification_method) > METHOD_LENGTH_MAX:
        return Unresolved(MALFORMED_METHOD, "A verification method is a DID URL such as did:web:example.com#key-1.")
    did, separator, fragment = verification_method.partition("#")
    if not separator or not fragment or "#" in fragment:
        return Unresolved(MALFORMED_METHOD, "A verification method is a DID with one fragment after '#'.")
    try:
        spelling = did if did.startswith("did:jwk:") and parse_did(did) else canonical_did(did)
    except InvalidInput as error:
        return Unresolved(MALFORMED_METHOD, error.detail)
    if spelling != did:
        return Unresolved(MALFORMED_METHOD, f"This DID is spelled {spelling}.")
    return did, fragment


def self_contained_key(did: str, fragment: str) -> ResolvedKey | Unresolved:
    """The key of a did:key or did:jwk, which say all of themselves."""
    if did.startswith("did:key:"):
        return _did_key(did, fragment)
    if did.startswith("did:jwk:"):
        return _did_jwk(did, fragment)
    return Unresolved(METHOD_UNSUPPORTED, f"Keys of {':'.join(did.split(':')[:2])} cannot be looked up here.")


def key_in_document(document: dict[str, Any], *, did: str, fragment: str) -> ResolvedKey | Unresolved:
    """The key ``<did>#<fragment>`` of a DID document, with the purposes and dates the document gives it.

    The entry's ``controller`` must be the DID itself. That stops a document under a host of the forger's own from
    claiming that one of its keys belongs to somebody else.
    """
    if document.get("id") != did:
        return Unresolved(MALFORMED_DOCUMENT, f"The document found is not that of {did}.")
    method = f"{did}#{fragment}"
    entries = [entry for entry in _entries(document) if _absolute(entry.get("id"), did) == method]
    if not entries:
        return Unresolved(NOT_FOUND, f"{did} publishes no key {fragment}.")
    if any(entry != entries[0] for entry in entries):
        return Unresolved(MALFORMED_DOCUMENT, f"{did} publishes two keys under the name {fragment}.")
    if entries[0].get("controller") != did:
        return Unresolved(MALFORMED_DOCUMENT, f"{did} does not itself control its key {fragment}.")
    return _resolved(entries[0], did=did, purposes=_purposes(document, did, method))


def offline_keys(*documents: dict[str, Any]) -> KeyFor:
    """A key resolver that knows did:key, did:jwk and these DID documents, and asks nobody."""
    known = {str(document.get("id")): document for document in documents}

    def key_for(verification_method: str) -> ResolvedKey | Unresolved:
        parts = split_method(verification_method)
        if isinstance(parts, Unresolved):
            return parts
        did, fragment = parts
        if did in known:
            return key_in_document(known[did], did=did, fragment=fragment)
        return self_contained_key(did, fragment)

    return key_for


def _did_key(did: str, fragment: str) -> ResolvedKey | Unresolved:
    if fragment != did.removeprefix("did:key:"):
        return Unresolved(NOT_FOUND, "The fragment of a did:key repeats the key.")
    try:
        return ResolvedKey(did_key_public_key(did), did, SIGNING_PURPOSES)
    except InvalidInput as error:
        return Unresolved(UNSUPPORTED_KEY, error.detail)


def _did_jwk(did: str, fragment: str) -> ResolvedKey | Unresolved:
    text = did.removeprefix("did:jwk:")
    if fragment != "0":
        return Unresolved(NOT_FOUND, "The key of a did:jwk has the fragment 0.")
    if len(text) > JWK_TEXT_LENGTH_MAX:
        return Unresolved(MALFORMED_METHOD, "This did:jwk is too long to be a key we can read.")
    try:
        jwk = parse_json(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if isinstance(jwk, dict) and jwk.get("use", "sig") != "sig":
            return Unresolved(UNSUPPORTED_KEY, "This did:jwk is for encryption; it signs nothing.")
        return ResolvedKey(PublicKey.from_jwk(jwk), did, SIGNING_PURPOSES)
    except (AttornError, binascii.Error, ValueError) as error:
        return Unresolved(UNSUPPORTED_KEY, f"This did:jwk holds no key we can read: {error}")


def _entries(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every verification method of the document, those that stand inside a relationship included."""
    members = ["verificationMethod", *sorted(SIGNING_PURPOSES)]
    found = [entry for member in members for entry in _list(document.get(member)) if isinstance(entry, dict)]
    return found[:METHODS_MAX]


def _purposes(document: dict[str, Any], did: str, method: str) -> frozenset[str]:
    return frozenset(
        purpose
        for purpose in SIGNING_PURPOSES
        for entry in _list(document.get(purpose))
        if _absolute(entry.get("id") if isinstance(entry, dict) else entry, did) == method
    )


def _resolved(entry: dict[str, Any], *, did: str, purposes: frozenset[str]) -> ResolvedKey | Unresolved:
    kind = entry.get("type")
    try:
        if kind in _MULTIBASE_TYPES:
            key = PublicKey.from_multikey(str(entry.get("publicKeyMultibase")))
        elif kind in _JWK_TYPES:
            key = PublicKey.from_jwk(entry["publicKeyJwk"])
        else:
            return Unresolved(UNSUPPORTED_KEY, "The key is of a type that is not read here.")
        expires, revoked = _instant(entry.get("expires")), _instant(entry.get("revoked"))
    except KeyError:
        return Unresolved(MALFORMED_DOCUMENT, "The key's entry has no publicKeyJwk.")
    except InvalidInput as error:
        return Unresolved(UNSUPPORTED_KEY, error.detail)
    except ValueError:
        return Unresolved(MALFORMED_DOCUMENT, "A date of the key is no RFC 3339 time.")
    return ResolvedKey(key, did, purposes, valid_until=expires, revoked_at=revoked)


def _instant(value: object) -> datetime | None:
    """ValueError when it is no RFC 3339 time: a date that cannot be read must not count as none."""
    if value is None:
        return None
    if (instant := read_date_time(value)) is None:
        raise ValueError
    return instant


def _absolute(value: object, did: str) -> str | None:
    if not isinstance(value, str):
        return None
    return f"{did}{value}" if value.startswith("#") else value


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
