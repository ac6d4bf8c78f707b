"""Private keys that the registry holds: sealed into a row, opened into a signer. Callers see ``Signer`` only, so a key
in an HSM (PKCS#11, a cloud KMS) can stand in the same place."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from identity.credentials.sealing import parse_master_key, seal, unseal
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner, Signer

_SIGNERS_KEPT = 256  # opened keys in memory; one costs about 1 kB


def seal_private_key(private_key: PrivateKey, *, label: str) -> bytes:
    """The key encrypted under the instance's master key. ``label`` names its row and is bound to the ciphertext."""
    return seal(private_key.to_pem().encode(), master_key=master_keys()[0], label=label)


def open_signer(sealed: bytes, *, label: str, verification_method: str) -> Signer:
    """A signer under ``verification_method``. Unavailable ``registry_key_unreadable`` when no master key opens it.

    Only the decryption (about 100 us) is remembered, under the ciphertext itself: a row that changes is opened anew.
    """
    return _open(sealed, label, verification_method, master_keys())


def reseal(sealed: bytes, *, label: str) -> bytes:
    """The same key sealed under the current master key, whichever of the known ones it was sealed under."""
    keys = master_keys()
    return seal(unseal(sealed, master_keys=keys, label=label), master_key=keys[0], label=label)


def master_keys() -> tuple[bytes, ...]:
    """The current master key, then the one before it when a change is under way."""
    texts = [settings.MASTER_KEY, settings.MASTER_KEY_PREVIOUS]
    return tuple(parse_master_key(text) for text in texts if text)


@lru_cache(maxsize=_SIGNERS_KEPT)
def _open(sealed: bytes, label: str, verification_method: str, keys: tuple[bytes, ...]) -> LocalSigner:
    pem = unseal(sealed, master_keys=keys, label=label).decode()
    return LocalSigner(PrivateKey.from_pem(pem), verification_method)
