"""The words of registries other than the one this program is set up for: each Attorn instance has its own context."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from identity.credentials.contexts import accept_instance
from identity.credentials.jose import enveloped_token
from identity.credentials.jws import parse_jws
from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.primitives.canonical import parse_json
from identity.primitives.errors import AttornError

INSTANCES_MAX = 8
_OWN_CONTEXT = re.compile(r"(https?://[A-Za-z0-9.:\[\]-]{1,255})/contexts/(?:agent|delegation)/v1")


def accept_contexts(text: str) -> None:
    """Know the contexts of every Attorn instance that ``text`` names. They are read from this program, never fetched,
    and give words of that instance only: nothing a stranger could write there changes what is verified."""
    instances = {match[1] for url in _context_urls(_read(text), 0) if (match := _OWN_CONTEXT.fullmatch(url))}
    for instance in sorted(instances)[:INSTANCES_MAX]:
        accept_instance(instance)


def _read(text: str) -> Any:
    """What ``text`` holds, as far as it can be read; whoever judges it says what is wrong with it."""
    try:
        if text.startswith("{"):
            return parse_json(text.encode(), bytes_max=CREDENTIAL_BYTES_MAX)
        return parse_jws(text.partition("~")[0]).payload
    except AttornError:
        return None


def _context_urls(value: Any, depth: int) -> Iterator[str]:
    if depth > 32:
        return
    if isinstance(value, list):
        for item in value:
            yield from _context_urls(item, depth + 1)
    elif isinstance(value, dict):
        yield from _listed(value.get("@context"))
        if (enveloped := enveloped_token(value)) is not None:
            yield from _context_urls(_read(enveloped[1]), depth + 1)
        for inner in value.values():
            yield from _context_urls(inner, depth + 1)
    elif isinstance(value, str) and value.startswith("ey"):
        yield from _context_urls(_read(value), depth + 1)


def _listed(contexts: Any) -> Iterator[str]:
    for context in contexts if isinstance(contexts, list) else [contexts]:
        if isinstance(context, str):
            yield context
