"""JSON-LD contexts, bundled and never fetched (VCDM 2.0 section 5.3): the published ones and our own.

A context gives every word of a signed document its meaning. Whoever answers a fetch for one could change what a
signature says, so the only contexts in use are those of this folder.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from identity.credentials.contexts.own import AGENT, DELEGATION, own_context, own_context_url
from identity.primitives.errors import InvalidInput

__all__ = [
    "AGENT",
    "CREDENTIALS_V1",
    "CREDENTIALS_V2",
    "DATA_INTEGRITY_CONTEXTS",
    "DATA_INTEGRITY_V1",
    "DATA_INTEGRITY_V2",
    "DELEGATION",
    "EXAMPLES_V2",
    "accept_instance",
    "agent_context_url",
    "context_document",
    "delegation_context_url",
    "known_urls",
    "served_contexts",
]

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"
DATA_INTEGRITY_V1 = "https://w3id.org/security/data-integrity/v1"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
DATA_INTEGRITY_CONTEXTS = frozenset({DATA_INTEGRITY_V1, DATA_INTEGRITY_V2})

PUBLISHED_FILES = {
    CREDENTIALS_V1: "credentials-v1",
    CREDENTIALS_V2: "credentials-v2",
    DATA_INTEGRITY_V1: "data-integrity-v1",
    DATA_INTEGRITY_V2: "data-integrity-v2",
    "https://w3id.org/security/multikey/v1": "multikey-v1",
    "https://www.w3.org/ns/did/v1": "did-v1",
    "https://w3id.org/vc/status-list/2021/v1": "status-list-2021-v1",
    "https://w3id.org/security/suites/ed25519-2020/v1": "ed25519-2020-v1",
}
_EXAMPLES = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
_accepted_instances: set[str] = set()


def context_document(url: str) -> dict[str, Any]:
    """The context at ``url``, as ``{"@context": …}``; shared, not to be changed. InvalidInput ``unknown_context``."""
    if url in PUBLISHED_FILES:
        return _published(PUBLISHED_FILES[url])
    if url == EXAMPLES_V2:
        return _EXAMPLES
    for instance in _instances():
        for name in (AGENT, DELEGATION):
            if url == own_context_url(instance, name):
                return own_context(instance, name)
    shown = url if len(url) <= 200 else f"{url[:200]}…"
    raise InvalidInput(
        "unknown_context", f"The context {shown!r} is not bundled, and none is fetched.", field="@context"
    )


def agent_context_url() -> str:
    """The context of agent identity credentials of this instance."""
    return own_context_url(_this_instance(), AGENT)


def delegation_context_url() -> str:
    """The context of delegation credentials of this instance."""
    return own_context_url(_this_instance(), DELEGATION)


def served_contexts() -> dict[str, dict[str, Any]]:
    """What ``/contexts/<name>/v1`` serves, by name."""
    instance = _this_instance()
    return {name: own_context(instance, name) for name in (AGENT, DELEGATION)}


def accept_instance(public_url: str) -> None:
    """Know the contexts of the Attorn instance at ``public_url`` too. For programs without this instance's settings,
    such as the command line checking a credential of a registry it was told of."""
    _accepted_instances.add(public_url.rstrip("/"))


@cache
def _published(name: str) -> dict[str, Any]:
    path = Path(__file__).parent / "published" / f"{name}.jsonld"
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def known_urls() -> tuple[str, ...]:
    """Every URL that ``context_document`` answers."""
    own = (own_context_url(instance, name) for instance in _instances() for name in (AGENT, DELEGATION))
    return (*PUBLISHED_FILES, EXAMPLES_V2, *own)


def _instances() -> list[str]:
    from django.conf import settings

    accepted = sorted(_accepted_instances)
    return [settings.PUBLIC_URL, *accepted] if settings.configured else accepted


def _this_instance() -> str:
    from django.conf import settings

    url: str = settings.PUBLIC_URL
    return url
