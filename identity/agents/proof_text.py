"""Keys and signatures as people and programs write them, read into one form."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import AGENT_KEY_ALGORITHMS, SIGNATURE_BYTES, PublicKey

KEY_TEXT_LENGTH_MAX = 2_000
SIGNATURE_TEXT_LENGTH_MAX = 200
_COORDINATE_BYTES = SIGNATURE_BYTES // 2


def read_public_key(value: str | dict[str, Any]) -> PublicKey:
    """The key of an agent: a Multikey text, a PEM block or a JWK object. InvalidInput ``malformed_key`` or
    ``unsupported_key``, also for P-384: HTTP message signatures and wallets of agents know it too seldom."""
    key = _read_any_public_key(value)
    if key.algorithm not in AGENT_KEY_ALGORITHMS:
        raise InvalidInput("unsupported_key", "An agent's key is Ed25519 or P-256.", field="public_key")
    return key


def _read_any_public_key(value: str | dict[str, Any]) -> PublicKey:
    if isinstance(value, dict):
        return PublicKey.from_jwk(value)
    text = value.strip()
    if len(text) > KEY_TEXT_LENGTH_MAX:
        raise InvalidInput("malformed_key", "This is too long for a public key.", field="public_key")
    if text.startswith("-----BEGIN"):
        return PublicKey.from_pem(text)
    return PublicKey.from_multikey(text.removeprefix("did:key:"))


def read_signature(text: str) -> bytes:
    """64 bytes from base64 or base64url, with or without padding and line breaks. The DER form in which OpenSSL
    writes ECDSA signatures is turned into r || s. InvalidInput ``malformed_signature``."""
    compact = re.sub(r"\s+", "", text)
    if not 0 < len(compact) <= SIGNATURE_TEXT_LENGTH_MAX:
        raise _malformed()
    standard = compact.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        data = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    return data if len(data) == SIGNATURE_BYTES else _from_der(data)


def _from_der(data: bytes) -> bytes:
    try:
        r, s = decode_dss_signature(data)
        return r.to_bytes(_COORDINATE_BYTES) + s.to_bytes(_COORDINATE_BYTES)
    except (ValueError, OverflowError) as error:
        raise _malformed() from error


def _malformed() -> InvalidInput:
    return InvalidInput("malformed_signature", "A signature is 64 bytes in base64url.", field="signature")
