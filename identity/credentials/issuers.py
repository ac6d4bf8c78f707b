"""The registry's own signing keys: made once, sealed at rest, rotated without breaking what was signed before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from identity.agents.addresses import registry_did
from identity.agents.did_document import PublishedKey, assemble_document
from identity.credentials.key_vault import open_signer, reseal, seal_private_key
from identity.credentials.limits import CLOCK_SKEW, VALID_FOR_MAX
from identity.credentials.models import IssuerKey, TenantIssuerKey
from identity.credentials.models.sealed import SealedKey
from identity.journal.actor import Actor, system
from identity.journal.kinds import RegistryKeyCreated, RegistryKeyRetired
from identity.journal.record import record
from identity.primitives.clock import now
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import Signer

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
REGISTRY_PURPOSES = ("assertionMethod", "authentication")


def current_signer(algorithm: KeyAlgorithm = KeyAlgorithm.ED25519) -> Signer:
    """What signs answers and credentials now. The first call for an algorithm in an instance's life makes the key.

    One indexed read a call, no time-based cache: a rotation committed anywhere is seen by the next call in every
    process. An answer whose build began before the rotation carries the retired key, which stays published.
    """
    current = IssuerKey.objects.filter(is_current=True, algorithm=algorithm.value)
    key = current.first() or _create_first_key(algorithm, at=now())
    return registry_signer(key.fragment, bytes(key.private_key_encrypted))


def registry_signer(fragment: str, private_key_encrypted: bytes) -> Signer:
    """The signer of a row of ``IssuerKey`` that was read with something else."""
    return open_signer(private_key_encrypted, label=fragment, verification_method=f"{registry_did()}#{fragment}")


def signer_named(fragment: str) -> Signer:
    """What signed under this name of a key, retired or not; what signs now, once that key was found compromised."""
    key = IssuerKey.objects.filter(fragment=fragment, revoked_at=None).first()
    return registry_signer(key.fragment, bytes(key.private_key_encrypted)) if key is not None else current_signer()


def rotate_registry_key(*, actor: Actor, at: datetime, compromised: bool = False) -> IssuerKey:
    """Put fresh keys in charge, one of each algorithm in use; the Ed25519 one is returned. The old ones stay
    published, with the time they stop counting, so that what they signed still verifies; ``compromised`` takes them
    out of the DID document at once, and every answer and credential they signed with them."""
    with transaction.atomic():
        _take_creation_lock()
        algorithms = {KeyAlgorithm.ED25519}
        for old in IssuerKey.objects.select_for_update().filter(is_current=True).order_by("id"):
            algorithms.add(KeyAlgorithm(old.algorithm))
            old.is_current, old.retired_at, old.revoked_at = False, at, at if compromised else None
            old.save(update_fields=["is_current", "retired_at", "revoked_at"])
            reason = "compromised" if compromised else "superseded"
            record(RegistryKeyRetired(old.fragment, reason), subject=old.id, actor=actor, at=at)
        fresh = {algorithm: _create_key(algorithm, actor=actor, at=at) for algorithm in sorted(algorithms)}
        return fresh[KeyAlgorithm.ED25519]


def published_keys(at: datetime) -> list[PublishedKey]:
    """Every key a verifier may meet in a proof, current first. Retired ones carry ``expires`` and stay listed after
    it, so that whoever kept an old answer can still check who signed it; compromised ones are gone."""
    keys = IssuerKey.objects.filter(revoked_at=None, created_at__lte=at).order_by("-is_current", "-id")
    return [PublishedKey(key.fragment, key.multikey, REGISTRY_PURPOSES, proves_until(key)) for key in keys]


def registry_did_document(at: datetime) -> dict[str, Any]:
    """The registry's own DID document, served at ``/.well-known/did.json``. Makes the first key when there is none."""
    if not IssuerKey.objects.filter(is_current=True).exists():
        _create_first_key(KeyAlgorithm.ED25519, at=at)
    return assemble_document(did=registry_did(), keys=published_keys(at), services=(), also_known_as=False)


def reencrypt_registry_keys() -> int:
    """Seal every private key anew under ``MASTER_KEY``, opening what ``MASTER_KEY_PREVIOUS`` still seals: the
    registry's own, those it holds for organizations and those of every ``SealedKey``. Returns how many. All or none:
    one unreadable key leaves everything as it was."""
    with transaction.atomic():
        keys: list[IssuerKey | TenantIssuerKey | SealedKey] = [
            *IssuerKey.objects.select_for_update().order_by("id"),
            *TenantIssuerKey.objects.select_for_update().filter(private_key_encrypted__isnull=False).order_by("id"),
            *_sealed_elsewhere(),
        ]
        for key in keys:
            key.private_key_encrypted = reseal(bytes(key.private_key_encrypted or b""), label=_label_of(key))
            key.save(update_fields=["private_key_encrypted"])
    return len(keys)


def _sealed_elsewhere() -> Iterator[SealedKey]:
    for model in apps.get_models():
        if issubclass(model, SealedKey):
            yield from model._default_manager.select_for_update().order_by("pk")


def _label_of(key: IssuerKey | TenantIssuerKey | SealedKey) -> str:
    match key:
        case IssuerKey():
            return key.fragment
        case TenantIssuerKey():
            return key.pk
    return key.seal_label


def _create_first_key(algorithm: KeyAlgorithm, *, at: datetime) -> IssuerKey:
    """Many processes start at once; the lock lets one of them make the key and the others find it."""
    with transaction.atomic():
        _take_creation_lock()
        standing = IssuerKey.objects.filter(is_current=True, algorithm=algorithm.value).first()
        return standing or _create_key(algorithm, actor=system("first_start"), at=at)


def _take_creation_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CREATION_LOCK])


def _create_key(algorithm: KeyAlgorithm, *, actor: Actor, at: datetime) -> IssuerKey:
    private_key = PrivateKey.generate(algorithm)
    multikey = private_key.public_key.multikey
    # Named after the key itself: a verifier that remembers keys by fragment can never confuse two of them.
    fragment = f"key-{hashlib.sha256(multikey.encode()).hexdigest()[:16]}"
    key = IssuerKey.objects.create(
        fragment=fragment,
        multikey=multikey,
        algorithm=algorithm.value,
        private_key_encrypted=seal_private_key(private_key, label=fragment),
        is_current=True,
        created_at=at,
    )
    record(RegistryKeyCreated(fragment), subject=key.id, actor=actor, at=at)
    return key


def proves_until(key: IssuerKey) -> datetime | None:
    """When a key stops counting; None while it is in charge. The longest-lived credential was signed in the moment
    of the rotation, and clocks of verifiers may be off."""
    return None if key.retired_at is None else key.retired_at + VALID_FOR_MAX + CLOCK_SKEW
