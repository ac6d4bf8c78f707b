"""Where ``attorn verify`` finds keys and status lists: in files handed to it, in DIDs themselves, or on the network."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from identity.credentials.checks import Check, CheckName, failed, passed
from identity.credentials.did_keys import SIGNING_PURPOSES, key_in_document, self_contained_key, split_method
from identity.credentials.dns import Unreachable
from identity.credentials.fetch import BYTES_MAX, STATUS_LIST_BYTES_MAX, Fetched, fetch
from identity.credentials.foreign_dids import DocumentCache
from identity.credentials.foreign_status import entries_check, token_check
from identity.credentials.jwt_checks import Refused
from identity.credentials.keys import UNREACHABLE, ResolvedKey, Unresolved
from identity.credentials.opening import Opened
from identity.credentials.schema_check import SCHEMA_TYPES, check_schemas
from identity.credentials.status_reading import ForeignList, read_status_credential, read_status_token
from identity.primitives.canonical import parse_json
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PublicKey
from registry.cli.exits import Exit, Stop
from registry.cli.files import read_public_text

Document = dict[str, Any]
Get = Callable[..., Fetched]

_LIST_TYPES = "application/vc+jwt, application/vc, application/ld+json, application/json;q=0.9, */*;q=0.5"
_TOKEN_TYPES = "application/statuslist+jwt, */*;q=0.5"  # noqa: S105  media types, no secret


@dataclass(frozen=True, slots=True)
class Sources:
    """The answers to what a verdict asks. ``get`` is None when nothing may be asked of the network."""

    at: datetime
    documents: dict[str, Document]
    pinned: PublicKey | None
    issuer: str | None
    lists: tuple[bytes, ...]
    get: Get | None
    _found: DocumentCache | None = field(default=None)

    @property
    def knows_lists(self) -> bool:
        """Whether revocation can be asked at all."""
        return self.get is not None or bool(self.lists)

    def key_for(self, verification_method: str) -> ResolvedKey | Unresolved:
        """The key of an issuer. With a pinned key it is that one, whatever the credential names: nobody else's
        signature is taken for the issuer's."""
        parts = split_method(verification_method)
        if self.pinned is not None and not isinstance(parts, Unresolved):
            return ResolvedKey(self.pinned, parts[0], SIGNING_PURPOSES)
        return self.holder_key_for(verification_method)

    def holder_key_for(self, verification_method: str) -> ResolvedKey | Unresolved:
        """The key of whoever shows it, or of an issuer without a pinned key."""
        parts = split_method(verification_method)
        if isinstance(parts, Unresolved):
            return parts
        did, fragment = parts
        if did in self.documents:
            return key_in_document(self.documents[did], did=did, fragment=fragment)
        if not did.startswith("did:web:"):
            return self_contained_key(did, fragment)
        if self._found is None:
            return Unresolved(UNREACHABLE, f"No key of {did} is at hand: give its did.json with --did-document.")
        document = self._found.document(did)
        return document if isinstance(document, Unresolved) else key_in_document(document, did=did, fragment=fragment)

    def issuer_check(self, opened: Opened) -> Check:
        """Signed by whom was expected; without an expectation it is the reader's to know."""
        if self.issuer is not None and opened.issuer != self.issuer:
            return failed(CheckName.ISSUER, "issuer_mismatch", f"The issuer is {opened.issuer}, not {self.issuer}.")
        if self.issuer is not None or self.pinned is not None:
            return passed(CheckName.ISSUER, f"Issued by {opened.issuer}, as expected.")
        return passed(CheckName.ISSUER, f"Issued by {opened.issuer}; who that is, is for you to know (--issuer).")

    def status_check(self, opened: Opened) -> Check:
        ask = token_check if opened.is_token_status else entries_check
        return ask(opened.document, issuer=opened.issuer, lists=self)

    def schema_check(self, opened: Opened) -> Check | None:
        return check_schemas(opened.document, body=self._schema)

    def _schema(self, url: str) -> bytes | Refused:
        if self.get is None:
            return _unreachable(f"The schema {url} is not at hand.")
        try:
            fetched = self.get(url, bytes_max=BYTES_MAX, accept=SCHEMA_TYPES)
        except Unreachable as error:
            return _unreachable(f"The schema {url} cannot be read: {error}.")
        return fetched.body if fetched.status == HTTPStatus.OK else _unreachable(f"The schema {url} cannot be read.")

    def foreign_list(self, url: str, *, issuer: str, is_token: bool) -> ForeignList | Refused:
        """The list at ``url``: one of the files, if it says that it belongs there, else from the network."""
        read = read_status_token if is_token else read_status_credential
        doubts: list[Refused] = []
        for body in self.lists:
            found = read(body, url=url, issuer=issuer, key_for=self.key_for, at=self.at)
            if isinstance(found, ForeignList):
                return found
            if found.code != "status_list_elsewhere":
                doubts.append(found)
        if self.get is None:
            missing = _unreachable(f"The status list {url} is not at hand: give it with --status-list.")
            return doubts[0] if doubts else missing
        try:
            accept = _TOKEN_TYPES if is_token else _LIST_TYPES
            fetched = self.get(url, bytes_max=STATUS_LIST_BYTES_MAX, accept=accept)
        except Unreachable as error:
            return _unreachable(f"The status list {url} cannot be read: {error}.")
        if fetched.status != HTTPStatus.OK:
            return _unreachable(f"The status list {url} cannot be read: its server answered {fetched.status}.")
        return read(fetched.body, url=url, issuer=issuer, key_for=self.key_for, at=self.at)


def sources_of(options: argparse.Namespace, *, at: datetime) -> Sources:
    """What the options say. Files of keys mean that no network is wanted. Stop ``USAGE`` for what cannot be read."""
    documents = dict(_did_document(path) for path in options.did_document)
    pinned = None
    if options.key is not None:
        named = _pinned(options.key)
        if isinstance(named, PublicKey):
            pinned = named
        else:
            documents[named[0]] = named[1]
    is_offline = options.offline or bool(documents) or pinned is not None
    get = None if is_offline else _guarded(options.registry)
    lists = tuple(_list_file(path) for path in options.status_list)
    return Sources(at, documents, pinned, options.issuer, lists, get, DocumentCache(get=get) if get else None)


def _did_document(path: Path) -> tuple[str, Document]:
    return _as_document(read_public_text(path), str(path))


def _as_document(text: str, name: str) -> tuple[str, Document]:
    try:
        document = parse_json(text.encode(), bytes_max=BYTES_MAX)
    except AttornError as error:
        raise Stop(Exit.USAGE, f"{name}: {error.detail}") from error
    if not isinstance(document, dict) or not isinstance(document.get("id"), str):
        raise Stop(Exit.USAGE, f"{name} is no DID document: it has no id.")
    return document["id"], document


def _pinned(text: str) -> PublicKey | tuple[str, Document]:
    """A Multikey, or a file with one, a PEM public key or a DID document."""
    path = Path(text)
    content = (text if text.startswith("z") and not path.exists() else read_public_text(path)).strip()
    if content.startswith("{"):
        return _as_document(content, "--key")
    try:
        is_pem = content.startswith("-----BEGIN")
        return PublicKey.from_pem(content) if is_pem else PublicKey.from_multikey(content)
    except AttornError as error:
        raise Stop(Exit.USAGE, f"--key: {error.detail}") from error


def _list_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(STATUS_LIST_BYTES_MAX + 1)
    except OSError as error:
        raise Stop(Exit.USAGE, f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > STATUS_LIST_BYTES_MAX:
        raise Stop(Exit.USAGE, f"{path} is larger than any status list ({STATUS_LIST_BYTES_MAX} bytes).")
    return data


def _guarded(registry_url: str) -> Get:
    """Reads what a credential names, through the guarded fetcher: https on the public internet, and the registry of
    ``--registry`` wherever it is. A stranger's credential cannot make this machine call into its own network."""
    parts = urlsplit(registry_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)

    def get(url: str, *, bytes_max: int = BYTES_MAX, accept: str = "application/json") -> Fetched:
        try:
            known = [f"{address}:{port}" for address in _resolve(parts.hostname or "", 0)]
        except Unreachable:
            known = []
        return fetch(url, resolve=_resolve, allow=known, bytes_max=bytes_max, accept=accept)

    return get


def _resolve(host: str, _: float) -> list[str]:
    """The addresses this machine knows for ``host``, IPv4 first."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"there is no host {host}") from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _unreachable(detail: str) -> Refused:
    return Refused("status_list_unreachable", detail, is_unknown=True)
