"""One status event for one receiver: the signed token, its number in the stream, and how far its delivery came."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from identity.primitives.ids import ID_LENGTH_MAX, new_event_id
from registry.push.models.subscription import Subscription


class DeliveryState(models.TextChoices):
    KEPT = "kept", "kept for the receiver to read"
    PENDING = "pending", "waits for its turn"
    DELIVERED = "delivered", "taken by the receiver"
    DEAD = "dead", "given up: a dead letter"


class StatusEvent(models.Model):
    """``id`` is the token's ``jti``. ``source`` and ``part`` name the journal event it tells of and what of it, so
    that reading the journal again tells nobody twice. ``queued_at`` is when its delivery began, or began again."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_event_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    source = models.CharField(max_length=ID_LENGTH_MAX)
    part = models.CharField(max_length=80)
    event_type = models.CharField(max_length=40)
    token = models.TextField()
    created_at = models.DateTimeField(editable=False)
    state = models.CharField(max_length=9, choices=DeliveryState.choices)
    tries = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "seq"], name="status_event_seq_once"),
            models.UniqueConstraint(fields=["source", "subscription", "part"], name="status_event_told_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="status_event_seq_from_one"),
            models.CheckConstraint(
                condition=Q(state="delivered", delivered_at__isnull=False) | ~Q(state="delivered"),
                name="status_event_delivered_when",
            ),
        ]
        indexes = [
            models.Index(fields=["subscription", "seq"], condition=Q(state="pending"), name="status_event_pending"),
            models.Index(fields=["subscription", "seq"], condition=Q(state="dead"), name="status_event_dead"),
            models.Index(fields=["created_at"], name="status_event_by_age"),
        ]

    def __str__(self) -> str:
        return self.id
