"""Agents and the keys that speak for them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_agent_id, new_challenge_id, new_method_id

DID_LENGTH_MAX = 300


class AgentKind(models.TextChoices):
    HOSTED = "hosted", "registered here"
    FOREIGN = "foreign", "imported from another directory"


class AgentStatus(models.TextChoices):
    UNCLAIMED = "unclaimed", _("unclaimed")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    DEACTIVATED = "deactivated", _("deactivated")
    REVOKED = "revoked", _("revoked by the registry")


ENDED_STATUSES = (AgentStatus.DEACTIVATED, AgentStatus.REVOKED)


class SuspendedBy(models.TextChoices):
    CONTROLLER = "controller", "its own organization"
    REGISTRY = "registry", "the registry"


class Agent(models.Model):
    """Software with a DID and keys. An unclaimed one was imported: nobody here has proven control of it.

    ``held_since``: while the registry holds its entry, it cannot end, change hands or change its keys.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_agent_id, editable=False)
    did = models.CharField(max_length=DID_LENGTH_MAX, unique=True)
    kind = models.CharField(max_length=8, choices=AgentKind.choices, default=AgentKind.HOSTED)
    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="agents")
    display_name = models.CharField(max_length=120)
    description = models.CharField(max_length=2000, blank=True)
    capabilities = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    homepage = models.URLField(max_length=500, blank=True)
    status = models.CharField(max_length=12, choices=AgentStatus.choices, default=AgentStatus.ACTIVE)
    status_reason = models.CharField(max_length=40, blank=True)
    status_changed_at = models.DateTimeField(default=now)
    held_since = models.DateTimeField(null=True, editable=False)
    suspended_by = models.CharField(max_length=10, choices=SuspendedBy.choices, blank=True)
    origin = models.CharField(max_length=40, blank=True)
    origin_id = models.CharField(max_length=200, blank=True)
    origin_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="unclaimed", organization__isnull=True)
                | (~models.Q(status="unclaimed") & models.Q(organization__isnull=False))
                | models.Q(status="deactivated"),
                name="agent_claimed_has_organization",
            ),
            models.CheckConstraint(condition=models.Q(status__in=AgentStatus.values), name="agent_status_known"),
            models.UniqueConstraint(
                fields=["origin", "origin_id"], condition=~models.Q(origin=""), name="agent_origin_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "id"], name="agent_by_organization"),
            GinIndex(fields=["capabilities"], name="agent_capabilities", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_deactivated(self) -> bool:
        return self.status == AgentStatus.DEACTIVATED

    @property
    def is_ended(self) -> bool:
        """Whether nobody may take its word any more: it was deactivated, or the registry revoked it. The keys of a
        revoked agent keep their rows, so that an appeal can restore it exactly; they speak for nobody meanwhile."""
        return self.status in ENDED_STATUSES


class KeyPurpose(models.TextChoices):
    """Verification relationships of DID Core section 5.3 that an agent's key may serve."""

    AUTHENTICATION = "authentication", "authentication"
    ASSERTION = "assertionMethod", "assertionMethod"
    DELEGATION = "capabilityDelegation", "capabilityDelegation"
    INVOCATION = "capabilityInvocation", "capabilityInvocation"


class KeyState(models.TextChoices):
    """Where a key stands at one instant: in its overlap window it is *retiring*, after it *retired*."""

    VALID = "valid", "valid"
    RETIRING = "retiring", "retiring"
    RETIRED = "retired", "retired"
    REVOKED = "revoked", "revoked"


class VerificationMethod(models.Model):
    """One public key of one agent. ``thumbprint`` (RFC 7638) is unique for ever, so that a bad reputation
    cannot be shed by registering the same key again, nor a retired key be taken over by somebody else."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_method_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="verification_methods")
    fragment = models.CharField(max_length=40)
    multikey = models.CharField(max_length=140)
    algorithm = models.CharField(max_length=12)
    thumbprint = models.CharField(max_length=64, unique=True)
    purposes = ArrayField(models.CharField(max_length=24, choices=KeyPurpose.choices))
    valid_from = models.DateTimeField(default=now)
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "fragment"], name="method_fragment_once")]

    def __str__(self) -> str:
        return f"{self.agent_id}#{self.fragment}"

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    def state(self, at: datetime) -> KeyState:
        if self.revoked_at is not None:
            return KeyState.REVOKED
        if self.valid_until is None:
            return KeyState.VALID
        return KeyState.RETIRING if at < self.valid_until else KeyState.RETIRED


class ChallengePurpose(models.TextChoices):
    REGISTER = "register", "register an agent"
    KEY = "key", "add or rotate a key"
    CLAIM = "claim", "claim a foreign agent"


class Challenge(models.Model):
    """What a key must sign to prove that somebody holds it. Works once, for one organization, one purpose, one key."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_challenge_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=ChallengePurpose.choices)
    document = models.JSONField()
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="challenge_by_expiry")]

    def __str__(self) -> str:
        return self.id


class Vendor(models.Model):
    """What an agent that sells is besides an agent: where it is established and how far that was verified.

    ``assurance_level``: 0 it says so itself, 1 its domains are proven, 2 its legal entity was verified, 3 verified on
    site or by payment. ``cluster`` groups vendors of one owner; "" while nobody knows of one.
    """

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.PROTECT, related_name="vendor")
    mcc = models.CharField(max_length=4)
    country = models.CharField(max_length=2)
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    assurance_level = models.PositiveSmallIntegerField(default=0)
    cluster = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(assurance_level__lte=3), name="vendor_assurance_0_to_3"),
            models.CheckConstraint(condition=models.Q(mcc__regex=r"^[0-9]{4}$"), name="vendor_mcc_four_digits"),
            models.CheckConstraint(condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="vendor_country_two_letters"),
        ]

    def __str__(self) -> str:
        return self.agent_id
