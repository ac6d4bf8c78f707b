"""Evidence: settled receipts and upheld cases. It hangs on the agent, so that a new key sheds nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from identity.agents.models import Agent
from identity.primitives.ids import ID_LENGTH_MAX, new_case_evidence_id
from reputation.scoring.formula import SeverityKind


class PendingReceipt(models.Model):
    """An authorization of which something was captured and that has ended: it may become evidence at ``due_at``,
    when its fourteen days without a dispute are over."""

    authorization = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX)
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.authorization


class ReceiptEvidence(models.Model):
    """A settled receipt: captured, ended, not given back, not disputed in time. One an authorization, for ever.

    ``settled_on`` is the UTC day on which its fourteen days were over, whenever that was noticed. ``is_own`` says
    that the vendor belonged to whoever runs the agent or is its principal: such a receipt is kept and weighs
    nothing. No foreign keys, as in the ledger: these rows are many and nothing they name is ever deleted.
    """

    authorization = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX)
    agent = models.CharField(max_length=ID_LENGTH_MAX)
    vendor = models.CharField(max_length=ID_LENGTH_MAX)
    principal = models.CharField(max_length=ID_LENGTH_MAX)
    settled_on = models.DateField()
    is_own = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["agent", "vendor", "-settled_on", "is_own"], name="receipt_newest_first"),
            models.Index(fields=["vendor", "agent"], name="receipt_by_vendor"),
        ]

    def __str__(self) -> str:
        return self.authorization


class Withdrawal(models.TextChoices):
    """Why evidence of a case stopped counting."""

    OVERTURNED = "overturned", "an appeal overturned the decision"
    CONTESTED = "contested", "its subject contested it and was right"


class CaseEvidence(models.Model):
    """What an operator upheld against an agent, once for each report. ``quality`` is the reporter's weight at that
    time. Withdrawn evidence stays, weighs nothing and can be restored: rows are never deleted."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_case_evidence_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    case = models.CharField(max_length=ID_LENGTH_MAX, db_index=True)
    report = models.CharField(max_length=ID_LENGTH_MAX, unique=True)
    vendor = models.CharField(max_length=ID_LENGTH_MAX, null=True)
    authorization = models.CharField(max_length=ID_LENGTH_MAX, null=True)
    severity = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in SeverityKind])
    quality = models.FloatField()
    decided_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=12, choices=Withdrawal.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quality__gte=0, quality__lte=1), name="case_evidence_quality_0_to_1"),
            models.CheckConstraint(
                condition=Q(severity__in=[kind.value for kind in SeverityKind]), name="case_evidence_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_because="")
                | Q(withdrawn_at__isnull=False, withdrawn_because__in=Withdrawal.values),
                name="case_evidence_withdrawn_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["authorization"], name="case_evidence_by_authorization")]

    def __str__(self) -> str:
        return f"{self.severity} in {self.case}"

    @property
    def counts(self) -> bool:
        return self.withdrawn_at is None


class OpenDispute(models.Model):
    """A report about one authorization that nobody has decided yet: its receipt waits."""

    report = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX)
    authorization = models.CharField(max_length=ID_LENGTH_MAX, db_index=True)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.report} about {self.authorization}"


class VendorReview(models.Model):
    """A vendor under review: while this row stands its receipts weigh half."""

    vendor = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.vendor
