"""Credentials issued here, by the registry or by an organization: the exact bytes, and whether they still count."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from identity.accounts.models import Organization
from identity.agents.models import DID_LENGTH_MAX, ENDED_STATUSES, Agent, AgentStatus
from identity.credentials.checks import CredentialFormat
from identity.credentials.models.status import StatusEntry
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_credential_id

CREDENTIAL_ID_LENGTH_MAX = 500
TYPE_LENGTH_MAX = 200
TYPES_MAX = 16


class CredentialKind(models.TextChoices):
    """What a credential is about. The values are wire text."""

    IDENTITY = "identity", "who the agent is"
    STATEMENT = "statement", "what its organization states about the agent"
    DOCUMENT = "document", "a document of the organization's own making"


class CredentialStatus(models.TextChoices):
    """The stored standing. A revocation is terminal; the database refuses to take one back."""

    ACTIVE = "active", "active"
    SUSPENDED = "suspended", "suspended"
    REVOKED = "revoked", "revoked"


class StatusSetter(models.TextChoices):
    """Who suspended or revoked: only the same class may lift a suspension."""

    CONTROLLER = "controller", "the agent's organization"
    REGISTRY = "registry", "the registry"
    AGENT = "agent", "it follows the agent's own standing"


class Standing(models.TextChoices):
    """What a credential is worth at one instant, with everything it depends on taken in."""

    ACTIVE = "active", "active"
    NOT_YET_VALID = "not_yet_valid", "not valid yet"
    SUSPENDED = "suspended", "suspended"
    REVOKED = "revoked", "revoked"
    EXPIRED = "expired", "expired"


class Credential(models.Model):
    """A credential as it was issued. ``document`` is never changed: whether it counts is told beside it.

    ``ends_at`` is when a replaced one stops counting: the identity credential of an agent whose key is being rotated
    lives on until the old key's overlap ends. The status list follows by a task; online answers read the date.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_credential_id, editable=False)
    credential_id = models.CharField(max_length=CREDENTIAL_ID_LENGTH_MAX, db_index=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="credentials")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="credentials")
    issuer = models.CharField(max_length=DID_LENGTH_MAX)
    kind = models.CharField(max_length=12, choices=CredentialKind.choices)
    format = models.CharField(max_length=24)
    types = ArrayField(models.CharField(max_length=TYPE_LENGTH_MAX))
    document = models.BinaryField()
    digest = models.CharField(max_length=64, unique=True)
    status_entry = models.OneToOneField(StatusEntry, null=True, on_delete=models.PROTECT, related_name="credential")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(default=now, editable=False)
    status = models.CharField(max_length=10, choices=CredentialStatus.choices, default=CredentialStatus.ACTIVE)
    status_reason = models.CharField(max_length=40, blank=True)
    status_changed_at = models.DateTimeField(default=now)
    status_set_by = models.CharField(max_length=10, choices=StatusSetter.choices, blank=True)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="active", status_set_by="")
                | models.Q(status__in=["suspended", "revoked"], status_set_by__in=StatusSetter.values),
                name="credential_status_has_setter",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gt=models.F("valid_from")),
                name="credential_valid_in_order",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=CredentialKind.values), name="credential_kind_known"),
            models.CheckConstraint(
                condition=models.Q(format__in=[str(form) for form in CredentialFormat]), name="credential_format_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="document") | models.Q(agent__isnull=False), name="credential_names_its_agent"
            ),
            # One identity of an agent in one format at a time: two requests can never leave two behind.
            models.UniqueConstraint(
                fields=["agent", "format"],
                condition=models.Q(kind="identity", ends_at__isnull=True) & ~models.Q(status="revoked"),
                name="one_current_identity_credential",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "id"], name="credential_by_organization"),
            models.Index(fields=["agent", "id"], name="credential_by_agent"),
            models.Index(
                fields=["ends_at"],
                name="credential_ending",
                condition=models.Q(ends_at__isnull=False) & ~models.Q(status="revoked"),
            ),
            models.Index(
                fields=["valid_until"],
                name="identity_credential_ending",
                condition=models.Q(kind="identity", ends_at__isnull=True) & ~models.Q(status="revoked"),
            ),
        ]

    def __str__(self) -> str:
        return self.credential_id

    def standing(self, at: datetime) -> Standing:
        """What it is worth at ``at``: its own status, the agent's, its dates; the weightiest word wins.

        The agent's standing is read here and not waited for: a suspended agent's credentials stop counting with the
        commit that suspends it, however long the journal's reader takes to set their bits.
        """
        if self.status == CredentialStatus.REVOKED or (self.ends_at is not None and self.ends_at <= at):
            return Standing.REVOKED
        agent_status = self.agent.status if self.agent else AgentStatus.ACTIVE
        if agent_status in ENDED_STATUSES:
            return Standing.REVOKED
        if self.valid_until is not None and self.valid_until <= at:
            return Standing.EXPIRED
        if self.status == CredentialStatus.SUSPENDED or agent_status == AgentStatus.SUSPENDED:
            return Standing.SUSPENDED
        return Standing.NOT_YET_VALID if at < self.valid_from else Standing.ACTIVE

    @property
    def text(self) -> str:
        """The credential as it is handed over: JSON for Data Integrity, the compact form for JWTs."""
        return bytes(self.document).decode()


class PreparedCredential(models.Model):
    """A document that waits for the organization's own signature. Its place in the status list is taken already, so
    that the signed document can name it; ``document`` is what must come back, with a proof and nothing else changed."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_credential_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=DID_LENGTH_MAX)
    kind = models.CharField(max_length=12, choices=CredentialKind.choices)
    document = models.JSONField()
    status_entry = models.OneToOneField(StatusEntry, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.id
