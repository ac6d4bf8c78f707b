"""Digests of the context files as they are served by W3C, for ``relatedResource`` (VCDM 2.0 section 5.3 and B.1)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from identity.primitives import base58btc

# url: SHA-256 in hexadecimal, SHA-384 in base64
_SERVED = {
    "https://www.w3.org/2018/credentials/v1": (
        "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc",
        "gsOz6rhjdUu/0rnxfY1tufYRafMBy/CwXh/EvrX1xR3U0uiIwnT0nD+7JAj2H67R",
    ),
    "https://www.w3.org/ns/credentials/v2": (
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        "l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU",
    ),
    "https://w3id.org/security/data-integrity/v1": (
        "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554",
        "H3tRFUwstZa4BNPu3qu3Z4x+pNNvUgFJamgdvYaNXcDLkKiDn1FCzNyR/bksWtzy",
    ),
    "https://w3id.org/security/data-integrity/v2": (
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
        "DuLXYmcX+LB81Em1JdXitx/icgn8meUwieAWndKUTXk/7qRSb8YLucyhzZZRI5H2",
    ),
    "https://w3id.org/security/multikey/v1": (
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
        "D6UWQdEvuMcBsuapSSVW8l0yu0r4SpbxGAjwpiO5ckNN0YqPHxhlvGjY7gRsTlo+",
    ),
}
_SHA256_MULTIHASH = b"\x12\x20"
_SHA384_MULTIHASH = b"\x20\x30"


def digest_agrees(url: str, resource: dict[str, Any]) -> bool:
    """Whether the digests that ``resource`` states for ``url`` are those of the served file. True for a resource
    that is not one of ours to know: nothing is fetched to find out, and a verifier that uses it compares then.
    A digest by another algorithm than SHA-256 and SHA-384 cannot be compared and does not agree."""
    if url not in _SERVED:
        return True
    sha256, sha384 = bytes.fromhex(_SERVED[url][0]), base64.b64decode(_SERVED[url][1])
    sri, multibase = resource.get("digestSRI"), resource.get("digestMultibase")
    stated = [_sri(sri)] if sri is not None else []
    stated += [_multibase(multibase)] if multibase is not None else []
    return all(digest in (sha256, sha384) for digest in stated)


def _sri(text: object) -> bytes | None:
    """W3C Subresource Integrity: ``sha384-`` and base64, with or without padding, URL-safe or not."""
    algorithm, _, digest = str(text).partition("-")
    data = _base64(digest)
    expected = {"sha256": 32, "sha384": 48}.get(algorithm)
    return data if data is not None and len(data) == expected else None


def _multibase(text: object) -> bytes | None:
    """A multihash in base58btc (``z``) or base64url (``u``), or the bare SHA-256 that some issuers write."""
    if not isinstance(text, str) or not 1 < len(text) <= 140:
        return None
    data = _base58(text[1:]) if text[0] == "z" else _base64(text[1:]) if text[0] == "u" else None
    if data is None or len(data) == 32:
        return data
    return data[2:] if data[:2] in (_SHA256_MULTIHASH, _SHA384_MULTIHASH) else None


def _base64(text: str) -> bytes | None:
    standard = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _base58(text: str) -> bytes | None:
    try:
        return base58btc.decode(text)
    except ValueError:
        return None
