"""The registry's own signing keys at rest."""

from __future__ import annotations

from django.db import models

from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_issuer_key_id


class IssuerKey(models.Model):
    """A signing key of the registry's own DID. The private half is encrypted under the instance's master key
    (AES-256-GCM); one row of each algorithm is current (Ed25519 always, P-256 once it was asked for), retired
    ones stay published so that what they signed still verifies."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_issuer_key_id, editable=False)
    fragment = models.CharField(max_length=40, unique=True)
    multikey = models.CharField(max_length=140, unique=True)
    algorithm = models.CharField(max_length=12, default="Ed25519")
    private_key_encrypted = models.BinaryField()
    is_current = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now, editable=False)
    retired_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_current=True, retired_at__isnull=True)
                | models.Q(is_current=False, retired_at__isnull=False),
                name="issuer_key_current_or_retired",
            ),
            models.UniqueConstraint(
                fields=["algorithm"], condition=models.Q(is_current=True), name="one_current_issuer_key"
            ),
        ]

    def __str__(self) -> str:
        return self.fragment
