"""Where ``attorn chain verify`` takes keys, statuses and the intent from: files, and the network when asked."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from identity.credentials.contexts import accept_instance
from identity.credentials.did_keys import offline_keys
from identity.credentials.jwt_checks import Refused
from identity.credentials.keys import NOT_FOUND, KeyFor, ResolvedKey, Unresolved
from identity.credentials.status_reading import STATUS_LIST_BYTES_MAX, ForeignList, read_status_credential
from identity.delegation.chain import StatusFor
from identity.delegation.facts import Refusal
from identity.delegation.intent import INTENT_LENGTH_MAX, intent_refusal, read_intent
from identity.delegation.link import CONTEXT_PATH, Link
from identity.primitives.canonical import parse_json
from identity.primitives.did import did_web, did_web_url
from identity.primitives.errors import AttornError, InvalidInput
from registry.cli.client import accepted, fetch
from registry.cli.exits import Exit, Stop

DID_DOCUMENT_BYTES_MAX = 65_536
_WORDS = {"revocation": "revoked", "suspension": "suspended"}


def key_source(options: argparse.Namespace, *, ledger: str) -> KeyFor:
    """Keys of the DID documents given, of did:key, and with ``--fetch`` of the did:web documents of the ledger's own
    host: the file in hand may send us nowhere else, so that it cannot make this machine knock on other doors."""
    known = offline_keys(*(_json_file(name, DID_DOCUMENT_BYTES_MAX) for name in options.did_document))
    if not options.fetch:
        return known

    @cache
    def fetched(did: str) -> KeyFor:
        return offline_keys(accepted(fetch("GET", did_web_url(did), timeout_seconds=options.timeout)))

    def key_for(method: str) -> ResolvedKey | Unresolved:
        found = known(method)
        did = method.partition("#")[0]
        ours = did == ledger or did.startswith(f"{ledger}:")
        if isinstance(found, ResolvedKey) or not ours:
            return found
        try:
            return fetched(did)(method)
        except (InvalidInput, Stop) as error:
            return Unresolved(NOT_FOUND, str(error))

    return key_for


def status_source(
    options: argparse.Namespace, *, ledger: str, key_for: KeyFor, documents: list[Any], at: datetime
) -> StatusFor | None:
    """What saved status lists say, and with ``--fetch`` those of the ledger's own host; None when there are none."""
    if not options.status_list and not options.fetch:
        return None
    _accept_contexts(documents)
    saved = {}
    for name in options.status_list:
        data = _bytes_file(name, STATUS_LIST_BYTES_MAX)
        document = _parsed(name, data, STATUS_LIST_BYTES_MAX)
        saved[str(document.get("id"))] = data

    @cache
    def read(url: str) -> ForeignList | None:
        data = saved.get(url)
        if data is None and options.fetch and did_web(urlsplit(url).netloc) == ledger:
            data = fetch("GET", url, timeout_seconds=options.timeout).body
        if data is None:
            return None
        found = read_status_credential(data, url=url, issuer=ledger, key_for=key_for, at=at)
        return None if isinstance(found, Refused) else found

    def status_for(entry: dict[str, str]) -> str | None:
        try:
            known = read(entry["statusListCredential"])
            if known is None or entry["statusPurpose"] not in known.purposes:
                return None
            is_set = known.value(int(entry["statusListIndex"]))
        except (AttornError, ValueError, Stop):
            return None
        return _WORDS[entry["statusPurpose"]] if is_set else "active"

    return status_for


def intent_check(
    options: argparse.Namespace, *, ledger: str, key_for: KeyFor, at: datetime
) -> Callable[[Link], tuple[str, str] | None] | None:
    """The tenth step: the intent is signed by the one key the last link names, for this vendor, now."""
    if options.intent is None:
        return None
    if options.vendor is None:
        raise Stop(Exit.USAGE, "--intent needs --vendor: for whom it must be meant.")
    token = _bytes_file(options.intent, INTENT_LENGTH_MAX).decode("utf-8", "replace").strip()

    def check(leaf: Link) -> tuple[str, str] | None:
        signed = read_intent(token)
        if isinstance(signed, Refusal):
            return signed.code, signed.detail
        key = key_for(signed.key_id or "")
        if isinstance(key, Unresolved):
            return "agent_key_unrecognized", key.detail
        refusal = intent_refusal(
            signed,
            public_key=key.public_key,
            holder_thumbprint=leaf.place.holder_thumbprint,
            agent=leaf.place.subject,
            vendor=options.vendor,
            ledger=ledger,
            at=at,
        )
        return None if refusal is None else (refusal.code, refusal.detail)

    return check


def _accept_contexts(documents: list[Any]) -> None:
    """Status lists of the instance whose context the links name carry no words of others."""
    for document in documents:
        contexts = document.get("@context") if isinstance(document, dict) else None
        for context in contexts if isinstance(contexts, list) else []:
            if isinstance(context, str) and context.endswith(CONTEXT_PATH):
                accept_instance(context.removesuffix(CONTEXT_PATH))


def _json_file(name: str, bytes_max: int) -> dict[str, Any]:
    return _parsed(name, _bytes_file(name, bytes_max), bytes_max)


def _parsed(name: str, data: bytes, bytes_max: int) -> dict[str, Any]:
    try:
        document = parse_json(data, bytes_max=bytes_max)
    except AttornError as error:
        raise Stop(Exit.USAGE, f"{name}: {error.detail}") from error
    if not isinstance(document, dict):
        raise Stop(Exit.USAGE, f"{name} holds no JSON object.")
    return document


def _bytes_file(name: str, bytes_max: int) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(bytes_max + 1)
    except OSError as error:
        raise Stop(Exit.USAGE, f"{name} cannot be read: {error.strerror}.") from error
