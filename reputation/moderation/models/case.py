"""Cases: where reports about one agent are judged together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_case_id, new_case_note_id


class CaseState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Detection(models.TextChoices):
    """What led to the case, as the statement of reasons tells it."""

    REPORT = "report", _("a report")
    AUTOMATED_SIGNAL = "automated_signal", _("a count of reports passed its threshold")
    OPERATOR = "operator", _("an operator's own finding")


class CaseOutcome(models.TextChoices):
    MEASURES_TAKEN = "measures_taken", _("measures were taken")
    NO_MEASURE = "no_measure", _("no measure was needed")
    UNFOUNDED = "unfounded", _("nothing was found")


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> Self:
        return self.filter(state=CaseState.OPEN)

    def most_severe_first(self) -> Self:
        return self.order_by("-severity", "id")


class Case(models.Model):
    """About one agent, or about an organization as a whole when ``agent`` is null. ``severity`` is the weight of the
    gravest thing reported (0 to 15, the scale of the scores); ``level_proposed`` the step of the ladder that a count
    of reports asks for and no operator has decided yet."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_case_id, editable=False)
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="cases")
    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(max_length=6, choices=CaseState.choices, default=CaseState.OPEN)
    detection = models.CharField(max_length=16, choices=Detection.choices)
    severity = models.PositiveSmallIntegerField(default=0)
    level_proposed = models.PositiveSmallIntegerField(default=0)
    summary = models.CharField(max_length=500, blank=True)
    assigned_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_by = models.CharField(max_length=96)
    opened_at = models.DateTimeField(default=now, editable=False)
    outcome = models.CharField(max_length=16, choices=CaseOutcome.choices, blank=True)
    closing_words = models.CharField(max_length=500, blank=True)
    closed_by = models.CharField(max_length=96, blank=True)
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agent__isnull=False) | Q(organization__isnull=False), name="case_is_about_somebody"
            ),
            models.CheckConstraint(
                condition=Q(state="open", outcome="", closed_at__isnull=True, closed_by="")
                | (Q(state="closed", outcome__in=CaseOutcome.values, closed_at__isnull=False) & ~Q(closed_by="")),
                name="case_closes_with_outcome",
            ),
            models.CheckConstraint(condition=Q(detection__in=Detection.values), name="case_detection_known"),
            models.CheckConstraint(condition=Q(level_proposed__lte=5), name="case_level_0_to_5"),
            models.UniqueConstraint(
                fields=["agent"], condition=Q(state="open", agent__isnull=False), name="case_open_once_an_agent"
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state="open", agent__isnull=True),
                name="case_open_once_an_organization",
            ),
        ]
        indexes = [
            models.Index(fields=["-severity", "id"], condition=Q(state="open"), name="case_queue"),
            models.Index(fields=["agent", "-id"], name="case_by_agent"),
            models.Index(fields=["organization", "-id"], name="case_by_organization"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_open(self) -> bool:
        return self.state == CaseState.OPEN

    def age(self, at: datetime) -> timedelta:
        """How long it has been waiting, or how long it took."""
        return (self.closed_at or at) - self.opened_at


class CaseNote(models.Model):
    """What an operator wrote down. Notes are never changed: a wrong one is answered by another one."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_case_note_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=now, editable=False)

    def __str__(self) -> str:
        return self.id
