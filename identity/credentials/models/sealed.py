"""Private keys that other apps keep, sealed as the registry's own are."""

from __future__ import annotations

from django.db import models


class SealedKey(models.Model):
    """A row with a private key by ``key_vault.seal_private_key``. Whatever app it belongs to, ``registry_key
    reencrypt`` seals it anew, so that no change of ``MASTER_KEY`` leaves one behind."""

    private_key_encrypted = models.BinaryField()

    class Meta:
        abstract = True

    @property
    def seal_label(self) -> str:
        """What the ciphertext is bound to: names the row, and never changes."""
        raise NotImplementedError
