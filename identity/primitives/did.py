"""Decentralized identifiers (W3C DID Core 1.0 section 3.1): did:web and did:key, spelled one way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import PublicKey

DID_TEXT_LENGTH_MAX = 512

_DID = re.compile(r"did:([a-z0-9]+):((?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2}|:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2}))")
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1"})
_PORT = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Did:
    """A DID taken apart: ``did:web:example.com`` is method ``web``, identifier ``example.com``."""

    method: str
    identifier: str

    def __str__(self) -> str:
        return f"did:{self.method}:{self.identifier}"


def parse_did(text: str) -> Did:
    """``text`` taken apart. InvalidInput ``malformed_did``, also for a DID URL (one with /, ? or #)."""
    match = _DID.fullmatch(text) if len(text) <= DID_TEXT_LENGTH_MAX else None
    if match is None:
        raise _malformed("A DID reads did:<method>:<identifier>, without path, query or fragment.")
    return Did(match[1], match[2])


def canonical_did(text: str) -> str:
    """The one spelling under which the register knows ``text``. InvalidInput ``malformed_did``.

    did:web hosts are lower case and a port is ``%3A8000``; ``did:web:localhost:8000:…``, which people type and
    some tools write, is read as that port, but only for this machine's own names: elsewhere it is a path.
    A did:key must hold a key we can read.
    """
    did = parse_did(text)
    if did.method == "key":
        return did_key(_key_of(did))
    if did.method != "web":
        return str(did)
    host, *path = did.identifier.split(":")
    host = unquote(host).lower()
    if host in _LOOPBACK_HOSTS and path and _PORT.fullmatch(path[0]):
        host = f"{host}:{path.pop(0)}"
    return did_web(host, *(unquote(part) for part in path))


def known_spelling(text: str) -> str:
    """The one spelling of a DID; any other text as it is.

    Whoever is looked up by name must be looked up by this: a second spelling of one DID (``did:web:Example.com``) would
    be a second party, that nobody ever suspended.
    """
    try:
        return canonical_did(text)
    except InvalidInput:
        return text


@lru_cache(maxsize=4_096)
def did_web(host: str, *path: str) -> str:
    """``did_web("localhost:8000", "agents", "agt_1")`` is ``did:web:localhost%3A8000:agents:agt_1``."""
    if not host or not all(path) or any("\x00" in part for part in (host, *path)):
        raise _malformed("A did:web has a host and no empty part.")
    return ":".join(["did:web", *(quote(part, safe="").replace("~", "%7E") for part in (host.lower(), *path))])


def did_web_url(did: str) -> str:
    """Where the DID document of a did:web lies (did:web method, section Read).

    HTTPS everywhere but on this machine's own names, where a development instance has no certificate.
    """
    parsed = parse_did(did)
    if parsed.method != "web":
        raise _malformed("Only a did:web says where its document lies.")
    host, *path = parsed.identifier.split(":")
    authority = unquote(host)
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", authority):
        raise _malformed("The host of this did:web is no host name.")
    parts = [quote(unquote(part), safe="") for part in path] or [".well-known"]
    if any(part in (".", "..") for part in parts):
        raise _malformed("The path of this did:web climbs.")
    scheme = "http" if authority.split(":")[0].lower() in _LOOPBACK_HOSTS else "https"
    return f"{scheme}://{authority}/{'/'.join(parts)}/did.json"


def did_key(public_key: PublicKey) -> str:
    """The did:key of a public key."""
    return f"did:key:{public_key.multikey}"


def did_key_public_key(did: str) -> PublicKey:
    """The key that a did:key is. InvalidInput ``malformed_did``."""
    return _key_of(parse_did(did))


def _key_of(did: Did) -> PublicKey:
    if did.method != "key":
        raise _malformed("This is not a did:key.")
    try:
        return PublicKey.from_multikey(did.identifier)
    except InvalidInput as error:
        raise _malformed(f"This did:key holds no key we can read: {error.detail}") from error


def _malformed(sentence: str) -> InvalidInput:
    return InvalidInput("malformed_did", sentence, field="did")
