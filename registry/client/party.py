"""What an agent's and a vendor's client share: the key they sign with, under the name the register publishes for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from identity.primitives.clock import now
from identity.primitives.did import canonical_did
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from registry.client.errors import NotVerified
from registry.client.registry import Registry
from registry.client.transport import Transport


class Party:
    """A registered identity: ``did`` with its ``key``. Close it, or use it in a ``with``, to close its connections."""

    def __init__(
        self,
        registry_url: str,
        did: str,
        key: PrivateKey | None,
        *,
        service_key: str | None = None,
        registry_did: str | None = None,
        clock: Callable[[], datetime] = now,
        **options: Any,
    ) -> None:
        """``options`` go to ``Transport``: ``timeout_seconds``, ``attempts_max``, ``sleep``."""
        self.did = canonical_did(did)
        signing_key = key if service_key is None else None
        self.transport = Transport(registry_url, service_key=service_key, signing_key=signing_key, **options)
        self.registry = Registry(self.transport, did=registry_did, clock=clock)
        self._key = key
        self._signer: LocalSigner | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.transport.close()

    @property
    def signer(self) -> LocalSigner:
        """The key under the name (``did:web:…#key-1``) that the register publishes for it, looked up once.

        NotVerified when the register does not publish this key for this DID: whatever it signs would be refused.
        """
        if self._signer is None:
            if self._key is None:
                raise ValueError("This needs the private key: give key=.")
            multikey = self._key.public_key.multikey
            methods = self.registry.resolve(self.did)["identity"]["verification_methods"]
            name = next((row["id"] for row in methods if row["public_key_multibase"] == multikey), None)
            if name is None:
                raise NotVerified(f"The register publishes no such key of {self.did}.")
            self._signer = LocalSigner(self._key, name)
        return self._signer
