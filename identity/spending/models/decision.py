"""Decisions: what was asked, what was seen, what was answered. Written in the transaction of the effect."""

from __future__ import annotations

from typing import Any

import orjson
from django.db import models

from identity.primitives.ids import ID_LENGTH_MAX


class Verdict(models.TextChoices):
    APPROVED = "approved", "approved"
    STEP_UP_REQUIRED = "step_up_required", "a human is asked first"
    DECLINED = "declined", "declined"


class DecisionClass(models.TextChoices):
    """How much hangs on the record; D0 is a dry run that held nothing."""

    DRY_RUN = "D0", "dry run"
    DECLINED = "D1", "declined or waiting"
    APPROVED = "D2", "approved"
    ELEVATED = "D3", "approved with a human's exception"


class Decision(models.Model):
    """The evidence of one decision. ``record`` is canonical JSON (RFC 8785), ``signed_by`` the name of the key that
    signs the receipt over it (``receipt``); both are what was answered, so a repeated request is answered from here.
    ``kept_receipt`` is that of a decision from before receipts were signed when asked for, else None.

    ``caller_key`` is a digest of caller and idempotency key: unique, so one request takes effect once however often
    it is sent, on whatever process.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, editable=False)
    caller_key = models.CharField(max_length=64, null=True, unique=True)
    fingerprint = models.CharField(max_length=64)
    decision_class = models.CharField(max_length=2, choices=DecisionClass.choices)
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    root = models.CharField(max_length=ID_LENGTH_MAX)
    leaf = models.CharField(max_length=ID_LENGTH_MAX)
    agent = models.CharField(max_length=ID_LENGTH_MAX)
    vendor = models.CharField(max_length=ID_LENGTH_MAX)
    principal = models.CharField(max_length=ID_LENGTH_MAX)
    authorization = models.CharField(max_length=ID_LENGTH_MAX, null=True)
    approval = models.CharField(max_length=ID_LENGTH_MAX, null=True)
    record = models.BinaryField()
    kept_receipt = models.TextField(null=True, db_column="receipt")
    signed_by = models.CharField(max_length=64, db_default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict="approved", authorization__isnull=False)
                | models.Q(decision_class="D0", authorization__isnull=True)
                | (~models.Q(verdict="approved") & models.Q(authorization__isnull=True)),
                name="decision_holds_when_approved",
            )
        ]
        indexes = [
            # Few of all decisions: whether an agent is refused again and again is asked at each of them.
            models.Index(fields=["leaf", "-at"], condition=models.Q(verdict="declined"), name="decision_declined"),
        ]

    def __str__(self) -> str:
        return self.id

    def parsed_record(self) -> dict[str, Any]:
        """The record as the JSON object it is."""
        value: dict[str, Any] = orjson.loads(bytes(self.record))
        return value


class IntentNonce(models.Model):
    """An intent that was approved. A declined one leaves no row: the agent may send it again once things changed."""

    agent = models.CharField(max_length=ID_LENGTH_MAX)
    nonce = models.CharField(max_length=128)
    authorization = models.CharField(max_length=ID_LENGTH_MAX)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "nonce"], name="intent_nonce_once")]

    def __str__(self) -> str:
        return f"{self.agent} {self.nonce}"
