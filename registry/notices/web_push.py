"""Web Push messages: encrypted for one browser (RFC 8291, RFC 8188), from a sender who names herself (RFC 8292). Pure.

The push service in between learns that something was sent, how long it is, and by which registry: not what it says.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDH, ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SALT_BYTES: Final = 16
AUTH_BYTES: Final = 16
POINT_BYTES: Final = 65
RECORD_BYTES: Final = 4096  # what every push service must take (RFC 8030, section 7.2)
PLAINTEXT_BYTES_MAX: Final = RECORD_BYTES - SALT_BYTES - 4 - 1 - POINT_BYTES - 16 - 1
TOKEN_LIFETIME: Final = timedelta(hours=12)  # RFC 8292, section 2: a day at most
_LAST_RECORD: Final = b"\x02"


def encrypt(
    plaintext: bytes, *, receiver: PublicKey, auth: bytes, sender: EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The body of one message, ``aes128gcm``. ``sender`` and ``salt`` must be fresh for each (RFC 8291, section 3.1).

    ValueError for more than ``PLAINTEXT_BYTES_MAX``.
    """
    if len(plaintext) > PLAINTEXT_BYTES_MAX:
        raise ValueError("a push message holds less")
    theirs, ours = point_of(receiver), point_of(sender.public_key())
    shared = sender.exchange(ECDH(), receiver)
    keying = _derived(shared, salt=auth, info=b"WebPush: info\0" + theirs + ours, length=32)
    key = _derived(keying, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(keying, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + RECORD_BYTES.to_bytes(4) + bytes([POINT_BYTES]) + ours
    return header + AESGCM(key).encrypt(nonce, plaintext + _LAST_RECORD, None)


def vapid_header(*, endpoint: str, key: EllipticCurvePrivateKey, contact: str, at: datetime) -> str:
    """The value of ``Authorization``: a token for that push service only (RFC 8292, section 3), so that it cannot
    send in our name by another."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((at + TOKEN_LIFETIME).timestamp()),
        "sub": contact,
    }
    signed = ".".join(to_base64url(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    token = f"{signed}.{to_base64url(r.to_bytes(32) + s.to_bytes(32))}"
    return f"vapid t={token}, k={to_base64url(point_of(key.public_key()))}"


def point_of(key: PublicKey) -> bytes:
    """The key as an uncompressed point (X9.62)."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def receiver_of(p256dh: str, auth: str) -> tuple[PublicKey, bytes]:
    """A browser's keys. ValueError when they are none: stops a point off the curve, which would leak our key bits."""
    point, secret = from_base64url(p256dh), from_base64url(auth)
    if len(point) != POINT_BYTES or len(secret) != AUTH_BYTES:
        raise ValueError("not the keys of a push subscription")
    return PublicKey.from_encoded_point(SECP256R1(), point), secret


def to_base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """ValueError for anything else."""
    if not text.isascii() or set("+/ \n") & set(text):
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
