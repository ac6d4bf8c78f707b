"""What happened to an authorization after it was given, step by step."""

from __future__ import annotations

from django.db import models

from identity.primitives.ids import ID_LENGTH_MAX


class SettlementKind(models.TextChoices):
    CAPTURE = "capture", "capture"
    INCREMENT = "increment", "increment"
    VOID = "void", "void"
    EXPIRY = "expiry", "expiry"
    REFUND = "refund", "refund"
    FORCE_POST = "force_post", "force-post"


class Settlement(models.Model):
    """One step, with the vendor's own reference (unique for it and the kind, so that two systems of one vendor cannot
    book the same thing twice) and the signed receipt, which names the digest of the receipt before it."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, editable=False)
    authorization = models.ForeignKey("spending.Authorization", on_delete=models.PROTECT, related_name="settlements")
    kind = models.CharField(max_length=10, choices=SettlementKind.choices)
    amount = models.BigIntegerField()
    released = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=80, null=True)
    receipt = models.TextField()
    actor = models.CharField(max_length=96)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gte=0, released__gte=0), name="settlement_never_negative"
            ),
            models.UniqueConstraint(fields=["authorization", "kind", "reference"], name="settlement_reference_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.authorization_id}"
