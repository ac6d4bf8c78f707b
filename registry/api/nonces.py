"""Nonces of signed requests: each counts once."""

from __future__ import annotations

from hashlib import sha256

import redis

from identity.primitives.errors import Unauthenticated, Unavailable
from registry.api.shared_memory import connection, key


def remember_nonce(thumbprint: str, nonce: str, *, seconds: int) -> None:
    """Keep ``nonce`` of this key for as long as its signature could be sent again.

    Stops replay: whoever records a signed request cannot send it a second time. It fails closed: when the store
    cannot say whether a nonce was seen, the request is refused (Unavailable), never let through.
    """
    entry = key("nonce", sha256(f"{thumbprint}\0{nonce}".encode()).hexdigest())
    try:
        fresh = connection().set(entry, b"1", nx=True, ex=seconds)
    except redis.RedisError as error:
        raise Unavailable("unavailable", "Signed requests cannot be checked for replay right now.") from error
    if not fresh:
        raise Unauthenticated("signature_replayed", "This nonce was already used. Sign again with a fresh one.")
