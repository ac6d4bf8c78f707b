"""No secret in a log, whatever somebody hands to it by mistake."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

REDACTED = "[redacted]"
DEPTH_MAX = 6

_SECRET_KEYS = re.compile(
    r"passw|secret|token|authorization|cookie|credential|private|(^|_)(master|service|api)_key|recovery|otp|csrf", re.I
)
_SECRET_TEXT = re.compile(
    r"""
      -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)   # PEM (RFC 7468)
    | \batn_[0-9a-zA-Z]+_[0-9A-Za-z_-]+                                                 # a service key
    | \b(?:Bearer|Basic|DPoP)\s+[0-9A-Za-z._~+/=-]{8,}                                  # an Authorization header
    | \beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]*                            # a JWT (RFC 7519)
    | (?<=://)[^\s/@:]*:[^\s/@]+(?=@)                                                   # user and password of a URL
    """,
    re.VERBOSE | re.DOTALL,
)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: secrets are taken out by the name they go under and by how they look.

    Stops a leaked log from becoming a leaked credential (CWE-532).
    """
    for key in list(event):
        event[key] = REDACTED if _names_a_secret(key) else _clean(event[key], depth=0)
    return event


@lru_cache(maxsize=1024)
def _names_a_secret(key: str) -> bool:
    return _SECRET_KEYS.search(key) is not None


def _clean(value: Any, *, depth: int) -> Any:
    if isinstance(value, str):
        return _SECRET_TEXT.sub(REDACTED, value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if depth >= DEPTH_MAX:
        return REDACTED
    if isinstance(value, dict):
        return {
            key: REDACTED if _names_a_secret(str(key)) else _clean(item, depth=depth + 1) for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, depth=depth + 1) for item in value]
    return _SECRET_TEXT.sub(REDACTED, str(value))
