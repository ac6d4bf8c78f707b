"""Standard Webhooks 1.0: how a delivery proves where it comes from. Pure; the receiver's library uses it too.

``v1`` is HMAC-SHA-256 under the receiver's secret (``whsec_…``), ``v1a`` Ed25519 by the registry's key (``whpk_…``);
both over ``<webhook-id>.<webhook-timestamp>.<body>``. One delivery may carry several signatures, so that a secret can
be changed while deliveries are on their way.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from identity.primitives.multikey import PublicKey
from identity.primitives.signing import Signer

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  how secrets begin, no secret
PUBLIC_KEY_PREFIX: Final = "whpk_"
SECRET_BYTES_MIN: Final = 24
SECRET_BYTES_MAX: Final = 64
TOLERANCE_SECONDS: Final = 300  # of the timestamp: an old delivery recorded on the way is not played again later
SIGNATURES_MAX: Final = 16
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A delivery that holds: its id and when it was sent."""

    id: str
    sent_at: int


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Why a delivery is not believed."""

    code: str
    detail: str


def new_secret(length: int) -> str:
    """A fresh secret in its text form."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(length)).decode()


def secret_bytes(text: str) -> bytes:
    """The key inside ``whsec_…``. ValueError when it is none."""
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret reads whsec_ and base64") from error
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(f"a webhook secret has {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes")
    return key


def public_key_text(key: PublicKey) -> str:
    """``whpk_…``: the raw Ed25519 key in base64."""
    text = key.jwk()["x"]
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return PUBLIC_KEY_PREFIX + base64.b64encode(raw).decode()


def headers_of(
    *, message_id: str, at: datetime, body: bytes, secrets: Iterable[str], signer: Signer | None = None
) -> dict[str, str]:
    """The three headers of a delivery sent at ``at``."""
    timestamp = str(int(at.timestamp()))
    content = _content(message_id, timestamp, body)
    signatures = [f"v1,{_hmac(secret_bytes(secret), content)}" for secret in secrets]
    if signer is not None:
        signatures.append(f"v1a,{base64.b64encode(signer.sign(content)).decode()}")
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def open_delivery(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Iterable[str] = (),
    public_keys: Iterable[PublicKey] = (),
    at: datetime,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> Sealed | Unsealed:
    """Whether one of ``secrets`` or ``public_keys`` signed exactly this delivery a moment ago.

    Stops whoever finds the endpoint from posting news of his own, from changing one on its way, and from playing an
    old one again once its timestamp is out of tolerance.
    """
    named = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, given = (named.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not message_id or not given or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return Unsealed("headers_missing", f"A delivery carries {ID}, {TIMESTAMP} and {SIGNATURE}.")
    if abs(int(at.timestamp()) - int(timestamp)) > tolerance_seconds:
        return Unsealed("timestamp_out_of_tolerance", f"It was sent more than {tolerance_seconds} seconds from now.")
    content = _content(message_id, timestamp, body)
    expected = [_hmac(secret_bytes(secret), content) for secret in secrets]
    keys = list(public_keys)
    for entry in given.split(" ")[:SIGNATURES_MAX]:
        version, _, signature = entry.partition(",")
        if version == "v1" and _is_one_of(signature, expected):
            return Sealed(message_id, int(timestamp))
        if version == "v1a" and any(key.verify(_bytes(signature), content) for key in keys):
            return Sealed(message_id, int(timestamp))
    return Unsealed("signature_mismatch", "None of its signatures is by a secret or key that you trust.")


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _hmac(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.new(key, content, sha256).digest()).decode()


def _is_one_of(signature: str, expected: list[str]) -> bool:
    """Every candidate is compared, so that the time taken does not tell which secret is the current one."""
    return sum(hmac.compare_digest(signature.encode(), one.encode()) for one in expected) > 0


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
