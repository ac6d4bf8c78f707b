"""Whether a text is a credential or a presentation, by its form alone: nothing of it is believed. No Django here."""

from __future__ import annotations

from typing import Any

from identity.credentials.jose import VP_JWT
from identity.credentials.jws import parse_jws
from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.primitives.canonical import parse_json
from identity.primitives.errors import AttornError

_PRESENTATIONS = frozenset({"VerifiablePresentation", "EnvelopedVerifiablePresentation"})


def is_presentation(text: str) -> bool:
    """Whether ``text`` is a presentation: JSON, a ``vp+jwt``, a JWT with a ``vp`` claim, or an SD-JWT VC with its key
    binding. What cannot be read is taken for a credential, whose reader will say what is wrong with it."""
    text = text.strip()
    if text.startswith("{"):
        return bool(_types(text) & _PRESENTATIONS)
    if "~" in text:
        return not text.endswith("~")
    try:
        jws = parse_jws(text)
    except AttornError:
        return False
    kind = jws.header.get("typ")
    return "vp" in jws.payload or (isinstance(kind, str) and kind.lower().removeprefix("application/") == VP_JWT)


def _types(text: str) -> set[str]:
    try:
        document: Any = parse_json(text.encode(), bytes_max=CREDENTIAL_BYTES_MAX)
    except AttornError:
        return set()
    kinds = document.get("type") if isinstance(document, dict) else None
    return {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)}
