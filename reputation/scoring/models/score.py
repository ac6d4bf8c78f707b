"""Scores as they were last computed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from identity.agents.models import Agent
from identity.primitives.ids import ID_LENGTH_MAX
from reputation.scoring.formula import Band


class AgentScore(models.Model):
    """An agent's score on the UTC day ``computed_on``. An agent without a row has no evidence at all.

    Score, band, sample size and formula are public; the rest is for those concerned.
    """

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.CASCADE, related_name="score")
    score = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=12, choices=[(band.value, band.value) for band in Band])
    g = models.FloatField()
    b = models.FloatField()
    vendors = models.PositiveIntegerField()
    clusters = models.PositiveIntegerField()
    sample_size = models.PositiveIntegerField()
    largest = models.JSONField(default=list)
    formula = models.CharField(max_length=20)
    computed_on = models.DateField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__lte=1000), name="agent_score_0_to_1000"),
            models.CheckConstraint(condition=Q(band__in=[band.value for band in Band]), name="agent_score_band_known"),
            models.CheckConstraint(condition=Q(g__gte=0, b__gte=0), name="agent_score_never_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.score}"


class StaleScore(models.Model):
    """A note that an agent's evidence weighs something else by another's change, such as a vendor's level: its score is
    to be computed soon. Many for one agent, so that who writes one never waits for who computes."""

    agent = models.CharField(max_length=ID_LENGTH_MAX, db_index=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.agent
