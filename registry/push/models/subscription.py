"""Who is told, where, and of what."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from identity.accounts.models import Organization
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_subscription_id
from registry.push.limits import AUDIENCE_LENGTH_MAX, ENDPOINT_LENGTH_MAX


class Delivery(models.TextChoices):
    WEBHOOK = "webhook", "sent to an endpoint"
    POLL = "poll", "read by the receiver"


class SubscriptionState(models.TextChoices):
    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"


class PauseReason(models.TextChoices):
    """Why nothing is sent. Events are kept all the same, and read or sent later."""

    BY_ORGANIZATION = "by_organization", "paused by your organization"
    GONE = "gone", "the endpoint answered 410: it is gone for good"
    UNREACHABLE = "unreachable", "the endpoint failed for five days"


class Subscription(models.Model):
    """One receiver's stream. ``last_seq`` numbers its events without a gap; ``first_seq`` is the oldest still kept.

    ``agents`` and ``organizations`` are followed by name; with ``has_dealings`` the stream also carries whatever
    concerns an agent that a vendor of this organization dealt with. ``event_types`` empty means every type.
    ``due_at`` says when the receiver has its next turn, ``leased_until`` that a dispatcher has it in hand;
    ``failures`` counts those in a row since ``failing_since``.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_subscription_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="subscriptions")
    delivery = models.CharField(max_length=8, choices=Delivery.choices)
    endpoint = models.CharField(max_length=ENDPOINT_LENGTH_MAX, blank=True)
    audience = models.CharField(max_length=AUDIENCE_LENGTH_MAX)
    event_types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    agents = ArrayField(models.CharField(max_length=ID_LENGTH_MAX), default=list, blank=True)
    organizations = ArrayField(models.CharField(max_length=ID_LENGTH_MAX), default=list, blank=True)
    has_dealings = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=SubscriptionState.choices, default=SubscriptionState.ACTIVE)
    pause_reason = models.CharField(max_length=16, choices=PauseReason.choices, blank=True)
    secret_sealed = models.BinaryField(null=True)
    previous_secret_sealed = models.BinaryField(null=True)
    previous_secret_until = models.DateTimeField(null=True)
    first_seq = models.BigIntegerField(default=1)
    last_seq = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)
    verified_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=200, blank=True)
    last_success_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(delivery="webhook", secret_sealed__isnull=False) & ~Q(endpoint="")
                | Q(delivery="poll", secret_sealed__isnull=True, endpoint="", due_at__isnull=True),
                name="subscription_webhook_has_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(state="active", pause_reason="")
                | Q(state="paused", pause_reason__in=PauseReason.values, due_at__isnull=True),
                name="subscription_pause_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(last_seq__gte=F("first_seq") - 1, first_seq__gte=1), name="subscription_seq_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "id"], name="subscription_by_organization"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="subscription_by_due"),
            GinIndex(fields=["agents"], name="subscription_by_agent"),
            GinIndex(fields=["organizations"], name="subscription_by_followed"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def address(self) -> str:
        """Its own URL in the API."""
        return f"{settings.PUBLIC_URL}/v1/subscriptions/{self.pk}"

    @property
    def is_failing(self) -> bool:
        return self.failures > 0

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types

    def has_previous_secret(self, at: datetime) -> bool:
        """Whether deliveries are still signed with the secret before this one too."""
        return self.previous_secret_until is not None and at < self.previous_secret_until
