"""What the sandbox keeps: the keys of its shop and its agent, and who is trying it out."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.credentials.models.sealed import SealedKey
from identity.primitives.ids import ID_LENGTH_MAX, new_sandbox_run_id


class SandboxPart(models.TextChoices):
    AGENT = "agent", "the agent that buys"
    SHOP = "shop", "the shop that sells"


class SandboxParty(SealedKey):
    """The one agent that buys, and the one that sells. The registry holds their keys, sealed as its own are, for this
    purpose only."""

    part = models.CharField(primary_key=True, max_length=8, choices=SandboxPart.choices)
    agent = models.OneToOneField(Agent, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(part__in=SandboxPart.values), name="sandbox_part_known"),
        ]

    def __str__(self) -> str:
        return self.part

    @property
    def seal_label(self) -> str:
        return f"sandbox {self.part}"


class SandboxRun(models.Model):
    """Somebody tries it out. ``delegation`` is the id that the draft has, and the delegation once it is lent; empty
    for a run that was skipped. What happened in it is the ledger's to say."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_sandbox_run_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sandbox_runs")
    delegation = models.CharField(max_length=ID_LENGTH_MAX, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(ended_at__isnull=True), name="sandbox_one_open_run"
            ),
        ]

    def __str__(self) -> str:
        return self.id

    def is_open(self, at: datetime) -> bool:
        return self.ended_at is None or at < self.ended_at
