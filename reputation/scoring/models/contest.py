"""Contests: an organization says that one item of its agent's evidence is wrong."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.primitives.ids import ID_LENGTH_MAX, new_contest_id
from reputation.scoring.limits import CONTEST_TEXT_LENGTH_MAX


class ContestState(models.TextChoices):
    OPEN = "open", _("waiting for an operator")
    ACCEPTED = "accepted", _("the item was taken out")
    REJECTED = "rejected", _("the item stays")


class Contest(models.Model):
    """``item`` is the id of case evidence. One an item, so that a settled question stays settled; ``answer`` is the
    operator's reason, shown to the organization."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_contest_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=ID_LENGTH_MAX, unique=True)
    text = models.CharField(max_length=CONTEST_TEXT_LENGTH_MAX)
    state = models.CharField(max_length=10, choices=ContestState.choices, default=ContestState.OPEN)
    answer = models.CharField(max_length=CONTEST_TEXT_LENGTH_MAX, blank=True)
    opened_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True)
                | (Q(state__in=["accepted", "rejected"]) & Q(answered_at__isnull=False)),
                name="contest_answered_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} contested"
