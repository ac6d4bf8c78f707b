"""One link of authority: the signed credential, its place in the chain, its standing."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from identity.accounts.models import Organization
from identity.agents.models import DID_LENGTH_MAX, Agent
from identity.credentials.models import StatusEntry
from identity.delegation.limits import DEPTH_MAX
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_delegation_id

CREDENTIAL_ID_LENGTH_MAX = 45  # urn:uuid: and 36 characters


class DelegationStatus(models.TextChoices):
    """The link's own standing. Revoked is for ever: the database refuses to take it back."""

    ACTIVE = "active", "active"
    SUSPENDED = "suspended", "suspended"
    REVOKED = "revoked", "revoked"


class SetBy(models.TextChoices):
    """Who suspended or revoked a link; only the same party lifts its suspension."""

    PRINCIPAL = "principal", "the principal"
    ISSUER = "issuer", "whoever issued it or a link above it"
    HOLDER = "holder", "the agent that holds it"
    REGISTRY = "registry", "the registry"


class Allocation(models.TextChoices):
    """Whether a child draws on its parent's budgets as it spends, or has its total set aside when it is issued."""

    SHARED = "shared", "shared"
    RESERVED = "reserved", "reserved"


class OnRevocation(models.TextChoices):
    """What becomes of open authorizations when the link is revoked for a voluntary reason."""

    VOID = "void_open_holds", "void open authorizations"
    HONOR = "honor_open_holds", "let open authorizations be captured"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def path_of(self, delegation: Delegation) -> DelegationQuerySet:
        """The whole chain from its root down to ``delegation``, in the order in which every writer locks it."""
        return self.filter(pk__in=delegation.path).order_by("depth", "id")

    def subtree_of(self, delegation: Delegation) -> DelegationQuerySet:
        """``delegation`` and everything below it."""
        return self.filter(path__contains=[delegation.pk])


class Delegation(models.Model):
    """A principal's authority as far as this link passes it on. Only the standing ever changes; ``credential`` holds
    the exact canonical bytes, ``digest`` their SHA-256 in hex. ``principal_did`` is made for one root and says nothing
    outside the register. ``issuer_agent`` is null for a root, which the registry signs for the principal. ``lent_by``,
    in nothing that is signed, is the id of the login whose consent a root rests on; empty where nobody's is known."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_delegation_id, editable=False)
    credential_id = models.CharField(max_length=CREDENTIAL_ID_LENGTH_MAX, unique=True)
    credential = models.BinaryField()
    digest = models.CharField(max_length=64, unique=True)
    root = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = ArrayField(models.CharField(max_length=ID_LENGTH_MAX))
    depth = models.PositiveSmallIntegerField()
    max_depth_left = models.PositiveSmallIntegerField()
    principal = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="delegations")
    principal_did = models.CharField(max_length=DID_LENGTH_MAX)
    issuer_agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="delegations_issued")
    issuer_did = models.CharField(max_length=DID_LENGTH_MAX)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="delegations")
    holder_thumbprint = models.CharField(max_length=64)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    allocation = models.CharField(max_length=8, choices=Allocation.choices, default=Allocation.SHARED)
    on_revocation = models.CharField(max_length=16, choices=OnRevocation.choices, default=OnRevocation.VOID)
    # As the credential spells them; ``parse_constraints`` reads them.
    constraints = models.JSONField()
    sentence = models.TextField()
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    status = models.CharField(max_length=10, choices=DelegationStatus.choices, default=DelegationStatus.ACTIVE)
    status_reason = models.CharField(max_length=40, blank=True)
    status_changed_at = models.DateTimeField(default=now)
    status_set_by = models.CharField(max_length=10, choices=SetBy.choices, blank=True)
    status_setter = models.CharField(max_length=ID_LENGTH_MAX, blank=True)
    status_entry = models.OneToOneField(StatusEntry, null=True, on_delete=models.PROTECT, related_name="delegation")
    lent_by = models.CharField(max_length=ID_LENGTH_MAX, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=now, editable=False)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(depth=0, parent__isnull=True, issuer_agent__isnull=True)
                | Q(depth__gt=0, parent__isnull=False, issuer_agent__isnull=False),
                name="delegation_root_has_no_parent",
            ),
            models.CheckConstraint(
                condition=Q(max_depth_left__lte=DEPTH_MAX - F("depth")), name="delegation_chain_has_eight_links"
            ),
            models.CheckConstraint(condition=Q(path__len=F("depth") + 1), name="delegation_path_counts_depth"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="delegation_valid_in_order"),
            models.CheckConstraint(condition=Q(status__in=DelegationStatus.values), name="delegation_status_known"),
            models.CheckConstraint(
                condition=Q(status="active", status_set_by="")
                | (~Q(status="active") & Q(status_set_by__in=SetBy.values)),
                name="delegation_status_has_setter",
            ),
            models.CheckConstraint(
                condition=Q(allocation__in=Allocation.values, on_revocation__in=OnRevocation.values),
                name="delegation_choices_known",
            ),
        ]
        indexes = [
            models.Index(fields=["principal", "id"], name="delegation_by_principal"),
            models.Index(fields=["agent", "id"], name="delegation_by_agent"),
            GinIndex(fields=["path"], name="delegation_by_path"),
        ]

    def __str__(self) -> str:
        return self.id

    def has_begun(self, at: datetime) -> bool:
        return self.valid_from <= at

    def has_ended(self, at: datetime) -> bool:
        return self.valid_until <= at

    @property
    def is_root(self) -> bool:
        return self.depth == 0

    @property
    def is_revoked(self) -> bool:
        return self.status == DelegationStatus.REVOKED
