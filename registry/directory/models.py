"""Names, the zones they live in, the records they carry, and the domains that organizations have proven."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.primitives.clock import now
from identity.primitives.ids import (
    ID_LENGTH_MAX,
    new_domain_id,
    new_name_id,
    new_record_id,
    new_transfer_id,
    new_zone_id,
)
from registry.directory.limits import GRACE

NAME_LENGTH_MAX = 253
SKELETON_LENGTH_MAX = 1_024  # a look can be longer than the label: m looks like rn
TTL_SECONDS_DEFAULT = 300


class ZoneKind(models.TextChoices):
    REGISTERED = "registered", "under the root zone"
    DOMAIN = "domain", "a proven domain"
    DIRECTORY = "directory", "imported from another directory"


class Zone(models.Model):
    """A part of the name space with one holder: ``acme`` under the root zone, or a proven ``acme.com``."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_zone_id, editable=False)
    label = models.CharField(max_length=NAME_LENGTH_MAX, unique=True)
    kind = models.CharField(max_length=12, choices=ZoneKind.choices)
    skeleton = models.CharField(max_length=SKELETON_LENGTH_MAX, unique=True)
    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="zones")
    created_at = models.DateTimeField(default=now, editable=False)

    def __str__(self) -> str:
        return self.label


class NameStatus(models.TextChoices):
    """EPP status values (RFC 5731 section 2.3), those that mean something here."""

    OK = "ok", "ok"
    CLIENT_HOLD = "clientHold", "clientHold"
    SERVER_HOLD = "serverHold", "serverHold"
    CLIENT_TRANSFER_PROHIBITED = "clientTransferProhibited", "clientTransferProhibited"
    SERVER_TRANSFER_PROHIBITED = "serverTransferProhibited", "serverTransferProhibited"
    CLIENT_UPDATE_PROHIBITED = "clientUpdateProhibited", "clientUpdateProhibited"
    SERVER_UPDATE_PROHIBITED = "serverUpdateProhibited", "serverUpdateProhibited"
    PENDING_TRANSFER = "pendingTransfer", "pendingTransfer"
    PENDING_DELETE = "pendingDelete", "pendingDelete"


class Name(models.Model):
    """A name in the directory. ``fqn`` is its canonical relative form, ``concierge.acme`` (for imported agents the
    name their own directory gave them, in lower case), and is what the resolver looks up. ``organization`` is the
    holder, at first that of the zone; an imported name has none and follows its agent. ``skeleton`` is what the name
    looks like, so two look-alikes in one zone are impossible even in a race."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_name_id, editable=False)
    fqn = models.CharField(max_length=NAME_LENGTH_MAX, unique=True)
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="names")
    skeleton = models.CharField(max_length=SKELETON_LENGTH_MAX)
    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="names")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="names")
    ttl_seconds = models.PositiveIntegerField(default=TTL_SECONDS_DEFAULT)
    statuses = ArrayField(models.CharField(max_length=32, choices=NameStatus.choices), default=list)
    registered_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ttl_seconds__gte=30, ttl_seconds__lte=86_400), name="name_ttl_30_to_86400"
            ),
            models.UniqueConstraint(fields=["zone", "skeleton"], name="name_look_once_per_zone"),
        ]
        indexes = [
            models.Index(fields=["zone", "fqn"], name="name_by_zone"),
            models.Index(fields=["organization", "fqn"], name="name_by_organization"),
        ]

    def __str__(self) -> str:
        return self.fqn

    @property
    def ended_at(self) -> datetime | None:
        """When the name stops answering: the end of its term and the grace after it; None when it has no term."""
        return None if self.expires_at is None else self.expires_at + GRACE

    def has_ended(self, at: datetime) -> bool:
        """Whether the name is as good as not there (NXDOMAIN), though its row may still be."""
        return self.ended_at is not None and at >= self.ended_at

    def is_pending_delete(self, at: datetime) -> bool:
        """Past its term but within the grace: it still answers and can be renewed."""
        return self.expires_at is not None and self.expires_at <= at and not self.has_ended(at)

    @property
    def is_held(self) -> bool:
        """Withheld by its holder or the registry: it exists but must not be answered."""
        return NameStatus.CLIENT_HOLD in self.statuses or NameStatus.SERVER_HOLD in self.statuses

    @property
    def holder_id(self) -> str | None:
        """The organization that may change it; an imported name follows its agent, once that is claimed."""
        if self.organization_id is not None:
            return self.organization_id
        return self.agent.organization_id if self.agent is not None else None


class RecordType(models.TextChoices):
    A2A = "A2A", "A2A agent card"
    MCP = "MCP", "MCP endpoint"
    HTTPS = "HTTPS", "HTTPS endpoint"
    PACKAGE = "PACKAGE", "software package"
    REPOSITORY = "REPOSITORY", "source repository"
    TXT = "TXT", "text"


class ResourceRecord(models.Model):
    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_record_id, editable=False)
    name = models.ForeignKey(Name, on_delete=models.CASCADE, related_name="records")
    type = models.CharField(max_length=12, choices=RecordType.choices)
    value = models.CharField(max_length=4096)
    ttl_seconds = models.PositiveIntegerField(default=TTL_SECONDS_DEFAULT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "type", "value"], name="record_once"),
            models.CheckConstraint(
                condition=models.Q(ttl_seconds__gte=30, ttl_seconds__lte=86_400), name="record_ttl_30_to_86400"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.value}"


class TransferState(models.TextChoices):
    PENDING = "pending", "pending"
    ACCEPTED = "accepted", "accepted"
    CANCELLED = "cancelled", "cancelled"
    EXPIRED = "expired", "expired"


class NameTransfer(models.Model):
    """A name on its way to another organization; the code is known to both sides and stored as SHA-256 only."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_transfer_id, editable=False)
    name = models.ForeignKey(Name, on_delete=models.CASCADE, related_name="transfers")
    origin = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    to = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    code_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=TransferState.choices, default=TransferState.PENDING)
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="pending"), name="one_pending_transfer_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.id


class DomainState(models.TextChoices):
    """*Unreachable* is not *changed*: only a reachable place that no longer carries the proof ends it."""

    PENDING = "pending", "waiting for proof"
    PROVEN = "proven", "proven"
    UNREACHABLE = "unreachable", "proven, unreachable at the last checks"
    LOST = "lost", "the proof is gone"


class Domain(models.Model):
    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_domain_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253)
    token = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=DomainState.choices, default=DomainState.PENDING)
    method = models.CharField(max_length=12, blank=True)
    proven_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True, db_index=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    last_result = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "domain"], name="domain_once_per_organization"),
            models.UniqueConstraint(
                fields=["domain"],
                condition=models.Q(state__in=["proven", "unreachable"]),
                name="domain_proven_by_one",
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class Listing(models.Model):
    """One row of search: what a visitor may find an agent by. Kept in the transaction of each change."""

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.CASCADE, related_name="listing")
    name = models.CharField(max_length=NAME_LENGTH_MAX, blank=True)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300, blank=True)
    organization_name = models.CharField(max_length=120, blank=True)
    capabilities = ArrayField(models.CharField(max_length=64), default=list)
    status = models.CharField(max_length=12)
    rank = models.BigIntegerField(default=0)
    words = SearchVectorField(null=True)
    trigrams = ArrayField(models.CharField(max_length=3), default=list)

    class Meta:
        indexes = [
            # New rows wait in a list of at most 1 MiB that every search reads too: an import is twice as fast for it.
            GinIndex(fields=["words"], name="listing_words", gin_pending_list_limit=1024),
            GinIndex(fields=["trigrams"], name="listing_trigrams", gin_pending_list_limit=1024),
            GinIndex(fields=["capabilities"], name="listing_capabilities", gin_pending_list_limit=1024),
            models.Index(fields=["-rank", "agent"], name="listing_by_rank"),
        ]

    def __str__(self) -> str:
        return self.title
