"""The key by which push services know this registry: made at first use, sealed as every key the registry holds.

It stays: browsers bind a subscription to it (RFC 8292, section 4.2), so a new key would silence every device.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from identity.credentials.key_vault import master_keys
from identity.credentials.sealing import seal, unseal
from registry.notices.models import VapidKey
from registry.notices.web_push import point_of, to_base64url

_LABEL = "vapid"


@dataclass(frozen=True, slots=True)
class Vapid:
    """``public_key`` is what a browser is given as ``applicationServerKey``."""

    public_key: str
    private_key: EllipticCurvePrivateKey


def public_key(*, at: datetime) -> str:
    """The registry's public key for Web Push, made now if there is none yet."""
    return _row(at).public_key


def vapid(*, at: datetime) -> Vapid:
    """Both halves. Unavailable ``registry_key_unreadable`` when no master key opens it."""
    row = _row(at)
    found = load_pem_private_key(
        unseal(bytes(row.private_key_encrypted), master_keys=master_keys(), label=_LABEL), None
    )
    if not isinstance(found, EllipticCurvePrivateKey):
        raise TypeError("the sealed key is of another kind")
    return Vapid(row.public_key, found)


def _row(at: datetime) -> VapidKey:
    found = VapidKey.objects.filter(pk=_LABEL).first()
    if found is not None:
        return found
    key = generate_private_key(SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    row = VapidKey(
        public_key=to_base64url(point_of(key.public_key())),
        private_key_encrypted=seal(pem, master_key=master_keys()[0], label=_LABEL),
        created_at=at,
    )
    VapidKey.objects.bulk_create([row], ignore_conflicts=True)  # two first uses at once: one of them counts
    return VapidKey.objects.get(pk=_LABEL)
