"""Organizations as issuers: under which DID one signs, by which keys, and who holds them."""

from __future__ import annotations

from django.db import models

from identity.accounts.models import Organization
from identity.agents.models import DID_LENGTH_MAX
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_tenant_issuer_id, new_tenant_issuer_key_id

FRAGMENT_LENGTH_MAX = 140


class IssuerDidMethod(models.TextChoices):
    """How others find the issuer's keys. The values are wire text."""

    HOSTED = "hosted", "did:web under this registry"
    DOMAIN = "domain", "did:web at a proven domain of the organization"
    KEY = "key", "did:key"


class TenantIssuer(models.Model):
    """An issuer identity of an organization. One is current; former ones stay, so that what they signed can be
    traced to who answered for it."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_tenant_issuer_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="issuers")
    did = models.CharField(max_length=DID_LENGTH_MAX)
    method = models.CharField(max_length=8, choices=IssuerDidMethod.choices)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now, editable=False)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "did"], name="tenant_issuer_did_once"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_current=True), name="one_current_tenant_issuer"
            ),
            models.CheckConstraint(
                condition=models.Q(is_current=True, retired_at__isnull=True)
                | models.Q(is_current=False, retired_at__isnull=False),
                name="tenant_issuer_current_or_retired",
            ),
            models.CheckConstraint(
                condition=models.Q(method__in=IssuerDidMethod.values), name="tenant_issuer_method_known"
            ),
        ]
        indexes = [models.Index(fields=["did"], name="tenant_issuer_by_did")]

    def __str__(self) -> str:
        return self.did


class TenantIssuerKey(models.Model):
    """A key of an organization's issuer. With ``private_key_encrypted`` the registry signs for the organization;
    without it the organization signs itself and the registry has only ever seen the public half."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_tenant_issuer_key_id, editable=False)
    issuer = models.ForeignKey(TenantIssuer, on_delete=models.PROTECT, related_name="keys")
    fragment = models.CharField(max_length=FRAGMENT_LENGTH_MAX)
    multikey = models.CharField(max_length=140)
    algorithm = models.CharField(max_length=12)
    private_key_encrypted = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)
    retired_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "fragment"], name="tenant_issuer_fragment_once"),
            models.UniqueConstraint(
                fields=["issuer", "algorithm"],
                condition=models.Q(retired_at__isnull=True, revoked_at__isnull=True),
                name="one_current_tenant_issuer_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issuer_id}#{self.fragment}"

    @property
    def is_held_here(self) -> bool:
        """Whether the registry can sign with it."""
        return self.private_key_encrypted is not None
