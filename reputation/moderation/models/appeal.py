"""Appeals against sanctions, and the notices that tell people of both."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization, User
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_appeal_id, new_notice_id
from reputation.moderation.models.sanction import Sanction


class AppealState(models.TextChoices):
    OPEN = "open", _("waits for a decision")
    DECIDED = "decided", _("decided")
    WITHDRAWN = "withdrawn", _("withdrawn by the appellant")


class AppealOutcome(models.TextChoices):
    UPHELD = "upheld", _("the sanction stands")
    OVERTURNED = "overturned", _("the sanction is overturned")
    CHANGED = "changed", _("replaced by a lesser measure")


class AppellantKind(models.TextChoices):
    SUBJECT = "subject", _("whoever answers for the agent")
    PRINCIPAL = "principal", _("a principal that the measure hits")


class AppealQuerySet(models.QuerySet["Appeal"]):
    def open(self) -> Self:
        return self.filter(state=AppealState.OPEN)

    def overdue(self, at: datetime) -> Self:
        return self.open().filter(due_at__lte=at)


class Appeal(models.Model):
    """Each party has one: the subject its own, and so each principal, so that nobody uses up the right of another.

    ``due_at`` is the target the decision is owed by. ``words`` are the appellant's, ``decision_words`` the
    operator's answer, both for the parties; ``replacement`` is the lesser measure of a changed outcome."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_appeal_id, editable=False)
    sanction = models.ForeignKey(Sanction, on_delete=models.PROTECT, related_name="appeals")
    appellant = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="appeals")
    appellant_kind = models.CharField(max_length=10, choices=AppellantKind.choices)
    words = models.TextField()
    state = models.CharField(max_length=10, choices=AppealState.choices, default=AppealState.OPEN)
    opened_by = models.CharField(max_length=96)
    opened_at = models.DateTimeField(default=now, editable=False)
    due_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    assigned_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=AppealOutcome.choices, blank=True)
    decision_words = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    replacement = models.OneToOneField(Sanction, null=True, on_delete=models.PROTECT, related_name="replaces_by_appeal")

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["open", "withdrawn"], outcome="", decided_at__isnull=True, decided_by__isnull=True
                )
                | Q(
                    state="decided",
                    outcome__in=AppealOutcome.values,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="appeal_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(replacement__isnull=True) | Q(outcome="changed"), name="appeal_replacement_of_changed"
            ),
            models.CheckConstraint(condition=Q(appellant_kind__in=AppellantKind.values), name="appeal_appellant_known"),
            models.UniqueConstraint(fields=["sanction", "appellant"], name="appeal_once_an_appellant"),
            models.UniqueConstraint(
                fields=["sanction"], condition=Q(appellant_kind="subject"), name="appeal_once_by_the_subject"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="open"), name="appeal_queue"),
            models.Index(fields=["appellant", "-id"], name="appeal_by_appellant"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_open(self) -> bool:
        return self.state == AppealState.OPEN


class NoticeKind(models.TextChoices):
    """What a notice tells, and to whom; the mail of each has its own words."""

    IMPOSED = "imposed", "a measure, to whom it hits"
    CONCERNED_PRINCIPAL = "principal", "a measure, to a principal of the agent"
    CONCERNED_VENDOR = "vendor", "a measure, to a vendor of the last 30 days"
    ENDED = "ended", "a measure ended"
    APPEAL_RECEIVED = "appeal_received", "the receipt of an appeal"
    APPEAL_DECIDED = "appeal_decided", "the decision of an appeal"


class Notice(models.Model):
    """One mail to the owners of ``recipient``, queued in the transaction of what it tells of, sent right after it.
    Holds no address: who owns the recipient is asked when it is sent."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_notice_id, editable=False)
    kind = models.CharField(max_length=16, choices=NoticeKind.choices)
    sanction = models.ForeignKey(Sanction, on_delete=models.PROTECT, related_name="notices")
    appeal = models.ForeignKey(Appeal, null=True, on_delete=models.PROTECT, related_name="notices")
    recipient = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    queued_at = models.DateTimeField(default=now, editable=False)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sanction", "kind", "recipient", "appeal"], nulls_distinct=False, name="notice_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_known"),
        ]
        indexes = [models.Index(fields=["not_before", "id"], condition=Q(sent_at__isnull=True), name="notice_waiting")]

    def __str__(self) -> str:
        return self.id
