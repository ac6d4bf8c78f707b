"""Who can sign, without saying where the key lives: in memory today, in an HSM behind the same shape tomorrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from identity.primitives.multikey import PrivateKey, PublicKey


class Signer(Protocol):
    """Signs under ``verification_method``, a DID URL such as ``did:web:example.com#key-1``."""

    @property
    def verification_method(self) -> str: ...

    @property
    def public_key(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """Signs with a key held in this process."""

    private_key: PrivateKey
    verification_method: str

    @property
    def public_key(self) -> PublicKey:
        return self.private_key.public_key

    def sign(self, message: bytes) -> bytes:
        return self.private_key.sign(message)
