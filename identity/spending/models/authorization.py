"""Authorizations: authority held for one vendor. Never a statement that money moved."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from identity.primitives.ids import ID_LENGTH_MAX, new_incident_id
from identity.spending.models.budget import BUDGET_ID_LENGTH_MAX


class AuthorizationState(models.TextChoices):
    OPEN = "open", _("held")
    PARTIALLY_CAPTURED = "partially_captured", _("held and partly captured")
    CLOSED = "closed", _("ended")


class CloseReason(models.TextChoices):
    CAPTURED = "captured", _("captured")
    VOIDED = "voided", _("released by one of the parties")
    EXPIRED = "expired", _("ran out")
    REVOKED = "revoked", _("released because its authority ended")


class Authorization(models.Model):
    """``amount`` is held for ``vendor``: ``open`` of it can still be captured, ``captured`` was, ``refunded`` came
    back. ``path`` and the budgets are those of the decision and never change; ``budgets_elevated`` are the ones a
    human lifted for it, in which it counts apart.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, editable=False)
    decision = models.CharField(max_length=ID_LENGTH_MAX)
    root = models.CharField(max_length=ID_LENGTH_MAX)
    path = ArrayField(models.CharField(max_length=ID_LENGTH_MAX))
    agent = models.CharField(max_length=ID_LENGTH_MAX)
    vendor = models.CharField(max_length=ID_LENGTH_MAX)
    principal = models.CharField(max_length=ID_LENGTH_MAX)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    max_amount = models.BigIntegerField()
    action = models.CharField(max_length=200)
    order_hash = models.CharField(max_length=100)
    open = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    over = models.BigIntegerField(default=0)
    state = models.CharField(max_length=20, choices=AuthorizationState.choices, default=AuthorizationState.OPEN)
    close_reason = models.CharField(max_length=10, choices=CloseReason.choices, blank=True)
    budgets = ArrayField(models.CharField(max_length=BUDGET_ID_LENGTH_MAX))
    budgets_elevated = ArrayField(models.CharField(max_length=BUDGET_ID_LENGTH_MAX), default=list)
    budgets_restored = ArrayField(models.CharField(max_length=BUDGET_ID_LENGTH_MAX), default=list)
    elevation = models.CharField(max_length=ID_LENGTH_MAX, null=True, unique=True)
    receipt_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(max_amount__gte=F("open") + F("captured")), name="authorization_within_max"
            ),
            models.CheckConstraint(
                condition=Q(captured__gte=F("refunded")), name="authorization_refund_within_captured"
            ),
            models.CheckConstraint(
                condition=Q(
                    amount__gt=0,
                    max_amount__gte=F("amount"),
                    open__gte=0,
                    captured__gte=0,
                    refunded__gte=0,
                    over__gte=0,
                ),
                name="authorization_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", open=0, closed_at__isnull=False, close_reason__in=CloseReason.values)
                | Q(state__in=["open", "partially_captured"], open__gt=0, closed_at__isnull=True, close_reason=""),
                name="authorization_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["root", "vendor"], name="authorization_by_root"),
            models.Index(fields=["vendor", "-id"], name="authorization_by_vendor"),
            # A statement sums up a year of purchases: it reads their figures here, not 1 kB of table for each.
            models.Index(
                fields=["principal", "created_at"],
                include=["currency", "agent", "vendor", "open", "captured", "refunded", "over", "action"],
                name="authorization_for_statement",
            ),
            models.Index(
                fields=["root", "expires_at"], condition=~Q(state="closed"), name="authorization_open_by_root"
            ),
            models.Index(fields=["expires_at"], condition=~Q(state="closed"), name="authorization_open_by_end"),
        ]

    def __str__(self) -> str:
        return self.id

    def has_expired(self, at: datetime) -> bool:
        """Whether nothing can be captured any more because its time is over, whoever noticed it yet."""
        return self.expires_at <= at


class Incident(models.Model):
    """A vendor charged more than was authorized. Open until an operator has looked; the leaf link is frozen."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_incident_id, editable=False)
    authorization = models.CharField(max_length=ID_LENGTH_MAX)
    vendor = models.CharField(max_length=ID_LENGTH_MAX)
    amount = models.BigIntegerField()
    evidence = models.CharField(max_length=500)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="incident_amount_positive")]
        indexes = [models.Index(fields=["authorization"], name="incident_by_authorization")]

    def __str__(self) -> str:
        return self.id
