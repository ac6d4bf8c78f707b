"""The registry's own signing keys: made once, sealed at rest, rotated without breaking what was signed before."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from identity.agents.addresses import registry_did
from identity.agents.did_document import PublishedKey, assemble_document
from identity.credentials.models import IssuerKey
from identity.credentials.sealing import parse_master_key, seal, unseal
from identity.journal.actor import Actor, system
from identity.journal.kinds import RegistryKeyCreated, RegistryKeyRetired
from identity.journal.record import record
from identity.primitives.clock import now
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner, Signer

__all__ = [
    "REGISTRY_PURPOSES",
    "current_signer",
    "proves_until",
    "published_keys",
    "reencrypt_registry_keys",
    "registry_did",
    "registry_did_document",
    "rotate_registry_key",
]

# Any fixed number works: it only has to differ from the other advisory locks of this database.
_CREATION_LOCK = 0x41544E_49534B
# How long after its retirement a key still proves answers. The longest-lived answer was signed in the moment of
# the rotation; clocks of verifiers may be off by the rest.
_CLOCK_SKEW_SECONDS = 300
REGISTRY_PURPOSES = ("assertionMethod", "authentication")


def current_signer() -> Signer:
    """What signs answers now. The first call of an instance's life makes the key.

    One indexed read a call, no time-based cache: a rotation committed anywhere is seen by the next call in every
    process. Only the decryption (about 100 us) is remembered, under the ciphertext itself. An answer whose build
    began before the rotation carries the retired key, which stays published long enough for it.
    """
    key = IssuerKey.objects.filter(is_current=True).first() or _create_first_key(at=now())
    return _open(key.fragment, bytes(key.private_key_encrypted), _master_keys(), registry_did())


def rotate_registry_key(*, actor: Actor, at: datetime, compromised: bool = False) -> IssuerKey:
    """Put a fresh key in charge. The old one stays published, with the time it stops counting, so that answers it
    signed still verify; ``compromised`` takes it out of the DID document at once, and those answers with it."""
    with transaction.atomic():
        _take_creation_lock()
        for old in IssuerKey.objects.select_for_update().filter(is_current=True):
            old.is_current, old.retired_at, old.revoked_at = False, at, at if compromised else None
            old.save(update_fields=["is_current", "retired_at", "revoked_at"])
            reason = "compromised" if compromised else "superseded"
            record(RegistryKeyRetired(old.fragment, reason), subject=old.id, actor=actor, at=at)
        return _create_key(actor=actor, at=at)


def published_keys(at: datetime) -> list[PublishedKey]:
    """Every key a verifier may meet in a proof, current first. Retired ones carry ``expires`` and stay listed after
    it, so that whoever kept an old answer can still check who signed it; compromised ones are gone."""
    keys = IssuerKey.objects.filter(revoked_at=None, created_at__lte=at).order_by("-is_current", "-id")
    return [PublishedKey(key.fragment, key.multikey, REGISTRY_PURPOSES, proves_until(key)) for key in keys]


def registry_did_document(at: datetime) -> dict[str, Any]:
    """The registry's own DID document, served at ``/.well-known/did.json``. Makes the first key when there is none."""
    if not IssuerKey.objects.filter(is_current=True).exists():
        _create_first_key(at=at)
    return assemble_document(did=registry_did(), keys=published_keys(at), services=(), also_known_as=False)


def reencrypt_registry_keys() -> int:
    """Seal every private key anew under ``MASTER_KEY``, opening what ``MASTER_KEY_PREVIOUS`` still seals.
    Returns how many. All or none: one unreadable key leaves everything as it was."""
    master_keys = _master_keys()
    with transaction.atomic():
        keys = list(IssuerKey.objects.select_for_update().order_by("id"))
        for key in keys:
            plaintext = unseal(bytes(key.private_key_encrypted), master_keys=master_keys, label=key.fragment)
            key.private_key_encrypted = seal(plaintext, master_key=master_keys[0], label=key.fragment)
            key.save(update_fields=["private_key_encrypted"])
    return len(keys)


def _create_first_key(*, at: datetime) -> IssuerKey:
    """Many processes start at once; the lock lets one of them make the key and the others find it."""
    with transaction.atomic():
        _take_creation_lock()
        return IssuerKey.objects.filter(is_current=True).first() or _create_key(actor=system("first_start"), at=at)


def _take_creation_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CREATION_LOCK])


def _create_key(*, actor: Actor, at: datetime) -> IssuerKey:
    private_key = PrivateKey.generate(KeyAlgorithm.ED25519)
    multikey = private_key.public_key.multikey
    # Named after the key itself: a verifier that remembers keys by fragment can never confuse two of them.
    fragment = f"key-{hashlib.sha256(multikey.encode()).hexdigest()[:16]}"
    key = IssuerKey.objects.create(
        fragment=fragment,
        multikey=multikey,
        private_key_encrypted=seal(private_key.to_pem().encode(), master_key=_master_keys()[0], label=fragment),
        is_current=True,
        created_at=at,
    )
    record(RegistryKeyCreated(fragment), subject=key.id, actor=actor, at=at)
    return key


def proves_until(key: IssuerKey) -> datetime | None:
    """When a key stops counting; None while it is in charge."""
    if key.retired_at is None:
        return None
    return key.retired_at + timedelta(seconds=settings.ANSWER_VALIDITY_SECONDS + _CLOCK_SKEW_SECONDS)


def _master_keys() -> tuple[bytes, ...]:
    texts = [settings.MASTER_KEY, settings.MASTER_KEY_PREVIOUS]
    return tuple(parse_master_key(text) for text in texts if text)


@lru_cache(maxsize=4)
def _open(fragment: str, sealed: bytes, master_keys: tuple[bytes, ...], did: str) -> LocalSigner:
    pem = unseal(sealed, master_keys=master_keys, label=fragment).decode()
    return LocalSigner(PrivateKey.from_pem(pem), f"{did}#{fragment}")
