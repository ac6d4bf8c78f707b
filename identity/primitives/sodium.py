"""Ed25519 (RFC 8032) by libsodium, for what is signed or judged while somebody waits: half of what OpenSSL's takes.

The rules are OpenSSL's, and two more: R and the key must not be points of small order. Ed25519 is deterministic, so a
signature has the same 64 bytes whoever makes it. The lengths are checked by who calls: libsodium reads past an end.
"""

from __future__ import annotations

from nacl import bindings
from nacl.exceptions import BadSignatureError

PUBLIC_KEY_BYTES = bindings.crypto_sign_PUBLICKEYBYTES
SECRET_KEY_BYTES = bindings.crypto_sign_SECRETKEYBYTES  # the seed, then the public key
SIGNATURE_BYTES = bindings.crypto_sign_BYTES


def sign(message: bytes, secret_key: bytes) -> bytes:
    """The signature of ``secret_key`` over ``message``."""
    if len(secret_key) != SECRET_KEY_BYTES:
        raise ValueError(f"A secret key has {SECRET_KEY_BYTES} bytes.")
    return bindings.crypto_sign(message, secret_key)[:SIGNATURE_BYTES]


def signature_holds(signature: bytes, message: bytes, public_key: bytes) -> bool:
    """Whether ``signature`` is this key's over ``message``.

    Refused are S beyond the group's order and R or a key of small order: that stops a second signature made from the
    first, and one that fits many messages.
    """
    if len(signature) != SIGNATURE_BYTES or len(public_key) != PUBLIC_KEY_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        return False
    return True
