"""What the API keeps of its own: the answers it must be able to give again."""

from __future__ import annotations

from django.db import models

from identity.primitives.clock import now


class IdempotencyRecord(models.Model):
    """The answer to one unsafe request that carried an ``Idempotency-Key``, kept for a day.

    It is written in the transaction of the effect: a crash leaves both or neither. ``id`` is a digest of caller,
    method, path and key; ``fingerprint`` of the body, so that a key used for another request is told apart.
    """

    id = models.CharField(primary_key=True, max_length=64, editable=False)
    caller = models.CharField(max_length=96)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__gte=200, status__lt=500), name="idempotency_never_keeps_faults"
            )
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.status}"
