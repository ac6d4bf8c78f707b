"""What the registry itself lets an agent spend: its own limits, beside those of principals."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from identity.agents.models import Agent


class TermsBand(models.TextChoices):
    """How much is known of the agent, and how good it is; the words are those of the reputation formula."""

    UNPROVEN = "unproven", "unproven"
    BELOW_FAIR = "below_fair", "below fair"
    FAIR = "fair", "fair"
    GOOD = "good", "good"
    STRONG = "strong", "strong"


class AgentTerms(models.Model):
    """What the ceiling of one agent is made of, besides the assurance of its organization. No row: nothing is known.

    ``insured_up_to`` and ``bond`` are euros in minor units; each counts until its end. ``insurer`` is a DID and
    ``certificate`` the id of the credential that says so, and so are ``surety`` and ``bond_certificate``. An empty
    ``insured_actions`` covers nothing. Written by ``terms``; what writes it holds the agent's fence where a spend
    must not slip by.
    """

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.PROTECT, related_name="terms")
    score = models.PositiveSmallIntegerField(null=True)
    band = models.CharField(max_length=12, choices=TermsBand.choices, default=TermsBand.UNPROVEN)
    scored_at = models.DateTimeField(null=True)
    is_throttled = models.BooleanField(default=False)
    insured_up_to = models.BigIntegerField(default=0)
    insurer = models.CharField(max_length=300, blank=True)
    certificate = models.CharField(max_length=300, blank=True)
    insured_actions = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    insured_until = models.DateTimeField(null=True)
    bond = models.BigIntegerField(default=0)
    surety = models.CharField(max_length=300, blank=True)
    bond_certificate = models.CharField(max_length=300, blank=True)
    bond_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=1000), name="terms_score_at_most_1000"
            ),
            models.CheckConstraint(condition=Q(band__in=TermsBand.values), name="terms_band_known"),
            models.CheckConstraint(condition=Q(insured_up_to__gte=0, bond__gte=0), name="terms_never_negative"),
            models.CheckConstraint(
                condition=Q(insured_up_to=0) | (Q(insured_until__isnull=False) & ~Q(insurer="") & ~Q(certificate="")),
                name="terms_insured_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(bond=0) | (Q(bond_until__isnull=False) & ~Q(surety="") & ~Q(bond_certificate="")),
                name="terms_bond_posted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.agent_id
