"""Delegations that wait for a signature: everything decided but the consent."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db import models

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.credentials.models import StatusEntry
from identity.delegation.models.delegation import CREDENTIAL_ID_LENGTH_MAX, Delegation
from identity.primitives.canonical import canonicalize
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_delegation_id


class DelegationDraft(models.Model):
    """An unsigned link under the id it will have. A root's waits for its principal, a child's for the agent that
    issues it. Its place in the status lists is taken already, since the signature covers it."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_delegation_id, editable=False)
    credential_id = models.CharField(max_length=CREDENTIAL_ID_LENGTH_MAX, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="delegation_drafts")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey(Delegation, null=True, on_delete=models.PROTECT, related_name="drafts")
    replaces = models.ForeignKey(Delegation, null=True, on_delete=models.PROTECT, related_name="+")
    document = models.JSONField()
    status_entry = models.OneToOneField(StatusEntry, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "expires_at"],
                name="delegation_draft_open",
                condition=models.Q(consumed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.id

    def is_open(self, at: datetime) -> bool:
        return self.consumed_at is None and at < self.expires_at

    @property
    def displayed_text(self) -> str:
        """The words the principal sees and consents to."""
        return str(self.document["description"])

    @property
    def binding_digest(self) -> bytes:
        """SHA-256 of the canonical unsigned credential: what the principal consents to, whole."""
        return sha256(canonicalize(self.document)).digest()
