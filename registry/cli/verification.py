"""Checking an answer without trusting whoever handed it over."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from identity.primitives.canonical import parse_json
from identity.primitives.did import canonical_did, did_web, did_web_url
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.multikey import PublicKey
from registry.cli.client import accepted, fetch
from registry.cli.exits import Exit, Stop
from registry.cli.files import read_public_text
from registry.cli.terminal import printable
from registry.client import answers
from registry.client.answers import Expected as Expected
from registry.client.answers import KeySource
from registry.client.errors import NotVerified
from registry.directory.names import parse_name


def canonical_query(text: str, *, registry_did: str) -> str:
    """The form under which a registry answers ``text``. Stop ``USAGE`` when it is neither a name nor a DID.

    A full DNS name is cut to its relative form under the registry's own host only: cutting whatever follows the
    answer's name would let ``shop.example`` answer for ``shop.example.com``.
    """
    host = registry_did.removeprefix("did:web:").partition(":")[0].partition("%3A")[0]
    try:
        return canonical_did(text) if text.startswith("did:") else parse_name(text, root_zone=host).fqn
    except InvalidInput as error:
        raise Stop(Exit.USAGE, f"{printable(text)} is neither a name nor a DID: {error.detail}") from error


def check_answer(answer: dict[str, Any], expected: Expected) -> str:
    """The verification method that signed ``answer``. Stop ``NOT_VERIFIED`` names the first check that fails."""
    try:
        return answers.check_answer(answer, expected)
    except NotVerified as error:
        raise _failed(printable(error.sentence)) from error


def did_of_url(url: str) -> str:
    """The DID a registry at ``url`` has: did:web of its host and port."""
    return did_web(urlsplit(url).netloc)


def pinned_key(text: str, *, at: datetime) -> KeySource:
    """A key the asker knows beforehand: a Multikey, or a file with one, a PEM public key or a DID document."""
    path = Path(text)
    content = text if text.startswith("z") and not path.exists() else read_public_text(path)
    stripped = content.strip()
    try:
        if stripped.startswith("{"):
            document = parse_json(stripped.encode())
            return lambda method: key_in_document(document, method=method, at=at)
        is_pem = stripped.startswith("-----BEGIN")
        key = PublicKey.from_pem(stripped) if is_pem else PublicKey.from_multikey(stripped)
    except AttornError as error:
        raise Stop(Exit.USAGE, f"--key: {error.detail}") from error
    return lambda method: key


def fetched_key(registry_did: str, *, at: datetime, timeout_seconds: float) -> KeySource:
    """The key from the registry's own DID document, at the address its DID says, over checked TLS."""

    def key_of(method: str) -> PublicKey:
        url = did_web_url(registry_did)
        document = accepted(fetch("GET", url, timeout_seconds=timeout_seconds))
        if document.get("id") != registry_did:
            raise _failed(f"{url} is the document of {printable(document.get('id'))}, not of {registry_did}.")
        return key_in_document(document, method=method, at=at)

    return key_of


def key_in_document(document: dict[str, Any], *, method: str, at: datetime) -> PublicKey:
    """The key ``method`` of a DID document, if it may assert things and, at ``at``, has not expired."""
    asserting, methods = document.get("assertionMethod"), document.get("verificationMethod")
    entries = [entry for entry in (methods if isinstance(methods, list) else []) if isinstance(entry, dict)]
    entry = next((entry for entry in entries if entry.get("id") == method), None)
    if entry is None or not isinstance(asserting, list) or method not in asserting:
        raise _failed(f"{printable(method)} is no signing key of this registry.")
    if "expires" in entry and at >= _instant(entry, "expires"):
        raise _failed(f"{printable(method)} stopped counting at {printable(entry['expires'])}.")
    try:
        return PublicKey.from_multikey(str(entry.get("publicKeyMultibase")))
    except InvalidInput as error:
        raise _failed(f"{printable(method)} cannot be read: {error.detail}") from error


def _instant(members: dict[str, Any], name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(str(members.get(name)))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise _failed(f"its {name} is no RFC 3339 time.")
    return instant


def _failed(reason: str) -> Stop:
    return Stop(Exit.NOT_VERIFIED, f"The answer does not hold: {reason}")
