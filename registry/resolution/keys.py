"""The key of a question: one spelling for every way of asking it. Answers are stored and signed under it."""

from __future__ import annotations

import re

from django.conf import settings

from identity.primitives.did import canonical_did
from identity.primitives.errors import InvalidInput
from registry.directory.names import parse_name

QUERY_LENGTH_MAX = 1_024  # characters, before any work is done
KEY_LENGTH_MAX = 300

_DID_KEY_PREFIX = "did:key:"
# A name that is its own canonical form, as nearly all questions are: told in a microsecond, not in ten.
_LABEL = "(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_PLAIN_NAME_LENGTH_MAX = 253


def canonical_key(query: str) -> str:
    """The canonical name or DID that ``query`` asks for: lower case, relative to the root zone, one form of a port.

    Raises InvalidInput ``query_malformed`` (FORMERR) for what is neither a name nor a DID.
    """
    if _is_canonical_name(query):
        return query
    if not query or len(query) > QUERY_LENGTH_MAX:
        raise InvalidInput("query_malformed", f"A question has 1 to {QUERY_LENGTH_MAX} characters.", field="query")
    try:
        key = canonical_did(_own_port(query)) if is_did(query) else parse_name(query).fqn
    except InvalidInput as error:
        raise InvalidInput("query_malformed", error.detail, field="query") from error
    if len(key) > KEY_LENGTH_MAX:
        raise InvalidInput("query_malformed", f"A DID has at most {KEY_LENGTH_MAX} characters here.", field="query")
    return key


def is_did(key: str) -> bool:
    return key.startswith("did:")


def multikey_of(key: str) -> str | None:
    """The public key that a did:key names; None for any other question."""
    return key.removeprefix(_DID_KEY_PREFIX) if key.startswith(_DID_KEY_PREFIX) else None


def _is_canonical_name(query: str) -> bool:
    return (
        len(query) <= _PLAIN_NAME_LENGTH_MAX
        and _PLAIN_NAME.fullmatch(query) is not None
        and not query.endswith(f".{settings.ROOT_ZONE.lower()}")
    )


def _own_port(did: str) -> str:
    """``did:web:registry.example:8443:…`` with its port spelled ``%3A8443``: web servers decode the path before we
    see it. Only for this instance's own host; anywhere else a colon begins a path."""
    host, _, port = settings.PUBLIC_HOST.rpartition(":")
    spoken = f"did:web:{host}:{port}"
    if host and did.lower().startswith(spoken) and did[len(spoken) : len(spoken) + 1] in ("", ":"):
        return f"did:web:{host}%3A{port}{did[len(spoken) :]}"
    return did
