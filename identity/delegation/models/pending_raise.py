"""Wider limits that a principal has agreed to and that wait out their cooling period."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from identity.delegation.models.delegation import Delegation
from identity.delegation.models.draft import DelegationDraft
from identity.primitives.ids import ID_LENGTH_MAX, new_raise_id


class RaiseState(models.TextChoices):
    PENDING = "pending", "waits"
    ISSUED = "issued", "in force"
    CANCELLED = "cancelled", "cancelled"
    FAILED = "failed", "could not begin"


class PendingRaise(models.Model):
    """A signed draft that replaces ``delegation`` at ``ripe_at``. ``evidence`` is the principal's consent to it, given
    by the login ``asked_by``. A draft that was never issued takes its row with it when it is deleted; the journal keeps
    what happened."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_raise_id, editable=False)
    draft = models.OneToOneField(DelegationDraft, on_delete=models.CASCADE, related_name="pending_raise")
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, related_name="raises")
    evidence = models.JSONField()
    asked_by = models.CharField(max_length=ID_LENGTH_MAX, blank=True, default="", db_default="")
    asked_at = models.DateTimeField()
    ripe_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=RaiseState.choices, default=RaiseState.PENDING)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delegation"], condition=Q(state="pending"), name="one_raise_waits"),
            models.CheckConstraint(condition=Q(state__in=RaiseState.values), name="raise_state_known"),
            models.CheckConstraint(condition=Q(ripe_at__gte=F("asked_at")), name="raise_ripens_later"),
            models.CheckConstraint(
                condition=Q(state="pending", ended_at__isnull=True) | (~Q(state="pending") & Q(ended_at__isnull=False)),
                name="raise_ends_once",
            ),
        ]
        indexes = [models.Index(fields=["ripe_at"], condition=Q(state="pending"), name="raise_due")]

    def __str__(self) -> str:
        return self.id

    def is_ripe(self, at: datetime) -> bool:
        return self.ripe_at <= at
