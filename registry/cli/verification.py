"""Checking an answer without trusting whoever handed it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from identity.credentials.proofs import eddsa_jcs_2022
from identity.primitives.canonical import parse_json
from identity.primitives.did import canonical_did, did_web, did_web_url
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.multikey import PublicKey
from registry.cli.client import accepted, fetch
from registry.cli.exits import Exit, Stop
from registry.cli.files import read_public_text
from registry.cli.terminal import printable
from registry.directory.names import parse_name

CLOCK_SKEW_SECONDS_MAX = 300

KeySource = Callable[[str], PublicKey]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the asker knows by itself: the question, the registry it meant, and its key or where to find it."""

    query: str
    registry_did: str
    key_of: KeySource
    at: datetime


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
    """The verification method that signed ``answer``. Stop ``NOT_VERIFIED`` names the first check that fails.

    Each check stops one lie: another registry's answer, an answer to another question, an old answer kept back and
    played again, a key that the registry never published, and a changed word.
    """
    if answer.get("registry") != expected.registry_did:
        raise _failed(
            f"it is from {printable(answer.get('registry'))}, not from {expected.registry_did}. "
            "If you meant that registry, say so with --registry-did."
        )
    if answer.get("query") != expected.query:
        raise _failed(f"it answers {printable(answer.get('query'))}, but the question was {printable(expected.query)}.")
    if expected.at >= _instant(answer, "valid_until"):
        raise _failed(f"it was good until {printable(answer.get('valid_until'))} only.")
    if _instant(answer, "evaluated_at") > expected.at + timedelta(seconds=CLOCK_SKEW_SECONDS_MAX):
        raise _failed(f"it is from the future ({printable(answer.get('evaluated_at'))}). Is your clock right?")
    method = _verification_method(answer, expected.registry_did)
    if not eddsa_jcs_2022.verify(answer, public_key=expected.key_of(method)):
        raise _failed(f"the signature is not that of {printable(method)}.")
    return method


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


def _verification_method(answer: dict[str, Any], registry_did: str) -> str:
    proof = answer.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    if not isinstance(method, str) or not method.startswith(f"{registry_did}#"):
        raise _failed("it carries no proof by a key of this registry.")
    return method


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
