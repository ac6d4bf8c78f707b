"""Reports: what somebody says an agent did, and what they add as evidence."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_attachment_id, new_report_id

SHA256_HEX_LENGTH = 64


class ReportKind(models.TextChoices):
    """What is reported. The first seven are about a purchase and need an authorization of the reporter's own; the
    last three anyone may report."""

    NON_PAYMENT = "non_payment", _("did not pay what it ordered")
    GOODS_MISUSE = "goods_misuse", _("misused goods or services")
    MANDATE_VIOLATION = "mandate_violation", _("went beyond its authority")
    FRAUD = "fraud", _("deceived")
    DISPUTE = "dispute", _("a purchase is disputed")
    REFUND_FOR_CAUSE = "refund_for_cause", _("a refund was due")
    SERVICE_FAILURE = "service_failure", _("did not do what it promised")
    IMPERSONATION = "impersonation", _("passes itself off as somebody else")
    SPAM = "spam", _("sends what nobody asked for")
    MALICIOUS_CARD = "malicious_card", _("its card or endpoint does harm")


NON_PAYMENT_ABUSE = frozenset({ReportKind.IMPERSONATION, ReportKind.SPAM, ReportKind.MALICIOUS_CARD})
PURCHASE_KINDS = frozenset(ReportKind) - NON_PAYMENT_ABUSE
VISITOR_KINDS = frozenset({ReportKind.IMPERSONATION, ReportKind.SPAM})


class Capacity(models.TextChoices):
    """As what the reporter speaks."""

    VENDOR = "vendor", _("vendor of the purchase")
    PRINCIPAL = "principal", _("principal of the purchase")
    ANYONE = "anyone", _("anyone with a login or a key")
    VISITOR = "visitor", _("a visitor")


class Finding(models.TextChoices):
    """What an operator found. An unfounded report was made without any ground and costs its reporter weight; a
    dismissed one is not proven."""

    UPHELD = "upheld", _("upheld")
    DISMISSED = "dismissed", _("dismissed")
    UNFOUNDED = "unfounded", _("unfounded")


class ReportQuerySet(models.QuerySet["Report"]):
    def firsts(self) -> Self:
        """Without those that repeat another report of the same owners."""
        return self.filter(joined_to=None)

    def undecided(self) -> Self:
        return self.firsts().filter(finding="")

    def untriaged(self) -> Self:
        """In no case yet and not decided, oldest first."""
        return self.undecided().filter(case=None).order_by("id")

    def counted(self) -> Self:
        """Those that weigh: first ones, not left out, neither the subject's own nor found to be without ground."""
        standing = self.firsts().filter(is_left_out=False, is_own=False, quality_percent__gt=0)
        return standing.exclude(finding__in=[Finding.DISMISSED, Finding.UNFOUNDED])


class Report(models.Model):
    """``about`` did something, says ``organization`` (null for a visitor) as ``capacity``.

    ``quality_percent`` is the reporter's weight when it was filed, ``cluster`` the owners it counts for, once
    together. ``joined_to`` is the report that this one repeats; only that one is decided. ``visitor`` is a keyed
    digest of the address a visitor came from, ``contact`` the e-mail address he left; operators alone read it.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_report_id, editable=False)
    about = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=20, choices=ReportKind.choices)
    text = models.TextField()
    authorization = models.CharField(max_length=ID_LENGTH_MAX, blank=True)
    capacity = models.CharField(max_length=10, choices=Capacity.choices)
    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="reports_made")
    vendor = models.CharField(max_length=ID_LENGTH_MAX, blank=True)
    visitor = models.CharField(max_length=SHA256_HEX_LENGTH, blank=True)
    contact = models.EmailField(max_length=254, blank=True)
    cluster = models.CharField(max_length=96)
    quality_percent = models.PositiveSmallIntegerField()
    is_competitor = models.BooleanField(default=False)
    is_own = models.BooleanField(default=False)
    joined_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeats")
    case = models.ForeignKey("moderation.Case", null=True, on_delete=models.PROTECT, related_name="reports")
    is_left_out = models.BooleanField(default=False)
    finding = models.CharField(max_length=10, choices=Finding.choices, blank=True)
    severity = models.CharField(max_length=20, blank=True)
    finding_words = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField(default=now, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="report_kind_known"),
            models.CheckConstraint(
                condition=Q(capacity__in=["vendor", "principal"], organization__isnull=False)
                & ~Q(authorization="")
                & Q(kind__in=sorted(PURCHASE_KINDS))
                | Q(capacity="anyone", organization__isnull=False, authorization="", kind__in=sorted(NON_PAYMENT_ABUSE))
                | Q(capacity="visitor", organization__isnull=True, authorization="", kind__in=sorted(VISITOR_KINDS)),
                name="report_reporter_has_standing",
            ),
            models.CheckConstraint(
                condition=Q(finding="", severity="", decided_by__isnull=True, decided_at__isnull=True)
                | (Q(finding="upheld", case__isnull=False, decided_at__isnull=False) & ~Q(severity=""))
                | Q(finding__in=["dismissed", "unfounded"], severity="", decided_at__isnull=False),
                name="report_finding_whole",
            ),
            models.CheckConstraint(
                condition=Q(joined_to__isnull=True) | Q(finding=""), name="report_repeat_is_not_decided"
            ),
            models.CheckConstraint(
                condition=Q(quality_percent__lte=100) & (~Q(capacity="visitor") | Q(quality_percent=0)),
                name="report_quality_0_to_100",
            ),
            models.UniqueConstraint(
                fields=["about", "cluster", "authorization"],
                condition=Q(joined_to__isnull=True) & ~Q(authorization=""),
                name="report_of_purchase_counts_once",
            ),
            models.UniqueConstraint(
                fields=["about", "cluster", "kind"],
                condition=Q(joined_to__isnull=True, authorization="", finding=""),
                name="report_of_abuse_counts_once",
            ),
        ]
        indexes = [
            models.Index(fields=["about", "-id"], name="report_by_subject"),
            models.Index(fields=["organization", "id"], name="report_by_reporter"),
            models.Index(
                fields=["id"], condition=Q(case__isnull=True, finding="", joined_to__isnull=True), name="report_waiting"
            ),
            models.Index(fields=["visitor", "filed_at"], condition=Q(capacity="visitor"), name="report_by_visitor"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def state(self) -> str:
        """Where it stands, in the word its reporter reads: received, in_case, or the finding."""
        standing = self.joined_to or self
        return standing.finding or ("in_case" if standing.case_id else "received")


class AttachmentType(models.TextChoices):
    """What an attachment was found to be by its own bytes, never by what its sender called it."""

    PNG = "image/png", "picture (PNG)"
    JPEG = "image/jpeg", "picture (JPEG)"
    PDF = "application/pdf", "document (PDF)"
    JSON = "application/json", "JSON"
    EML = "message/rfc822", "e-mail"
    TEXT = "text/plain", "text"


class Attachment(models.Model):
    """One file beside a report, as it was sent; ``sha256`` of its bytes in hex. Read by operators and the reporter,
    as a download and nothing else."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_attachment_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=20, choices=AttachmentType.choices)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=SHA256_HEX_LENGTH)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "sha256"], name="attachment_once"),
            models.CheckConstraint(condition=Q(media_type__in=AttachmentType.values), name="attachment_type_known"),
            models.CheckConstraint(condition=Q(size__gt=0, size__lte=1_048_576), name="attachment_size_bounded"),
        ]

    def __str__(self) -> str:
        return self.id
