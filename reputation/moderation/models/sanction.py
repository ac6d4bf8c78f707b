"""Sanctions: a measure of the ladder against an agent or a whole organization, and who signed it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import DeskRole, Organization, User
from identity.agents.models import Agent
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_association_id, new_sanction_id, new_signature_id
from reputation.moderation.ladder import Level, Reason, Rung, rung_of
from reputation.moderation.models.case import Case, Detection

if TYPE_CHECKING:
    from reputation.moderation.models.appeal import Appeal


class SanctionState(models.TextChoices):
    """Proposed and effective are open; every other state is an end."""

    PROPOSED = "proposed", _("waits for signatures")
    EFFECTIVE = "effective", _("in force")
    WITHDRAWN = "withdrawn", _("proposal withdrawn")
    LAPSED = "lapsed", _("over: nobody confirmed it in time")
    EXPIRED = "expired", _("over: its time ran out")
    LIFTED = "lifted", _("lifted by an operator")
    OVERTURNED = "overturned", _("overturned on appeal")
    REPLACED = "replaced", _("replaced on appeal by a lesser measure")


OPEN_STATES = (SanctionState.PROPOSED, SanctionState.EFFECTIVE)
WAS_IN_FORCE = tuple(state for state in SanctionState if state not in (SanctionState.PROPOSED, SanctionState.WITHDRAWN))


class SanctionQuerySet(models.QuerySet["Sanction"]):
    def in_force(self) -> Self:
        return self.filter(state=SanctionState.EFFECTIVE)

    def is_open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def published(self) -> Self:
        """What was in force once and is no mere note: these have a public statement."""
        return self.filter(starts_at__isnull=False, level__gte=Level.UNDER_REVIEW)

    def about(self, agent: Agent) -> Self:
        """Those that reach the agent: its own, and those of the organization that answers for it."""
        own = Q(agent=agent)
        if agent.organization_id is not None:
            own |= Q(agent=None, organization_id=agent.organization_id)
        return self.filter(own)

    def to_lapse(self, at: datetime) -> Self:
        return self.filter(state__in=OPEN_STATES, confirm_by__lte=at)

    def to_expire(self, at: datetime) -> Self:
        return self.filter(state=SanctionState.EFFECTIVE, ends_at__lte=at)


class Sanction(models.Model):
    """``agent`` is null when it hits the whole ``organization``; ``organization`` is null for an unclaimed agent.

    ``facts`` are for the public and name nobody. ``confirm_by`` is set while signatures are missing: of an emergency
    measure, and of a proposal. ``agents_from`` is when a deplatforming reaches the agents: later than ``starts_at``
    during a wind-down. ``statement`` is the statement of reasons as it was sent. ``marks`` is what an organization
    was recognized by when its deplatforming was proposed, so that nothing is dropped while operators sign.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_sanction_id, editable=False)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="sanctions")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="sanctions")
    organization = models.ForeignKey(Organization, null=True, on_delete=models.PROTECT, related_name="sanctions")
    level = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=24, choices=[(reason.value, reason.value) for reason in Reason])
    facts = models.CharField(max_length=2_000)
    evidence = ArrayField(models.CharField(max_length=ID_LENGTH_MAX), default=list, blank=True)
    detection = models.CharField(max_length=16, choices=Detection.choices)
    state = models.CharField(max_length=10, choices=SanctionState.choices, default=SanctionState.PROPOSED)
    is_emergency = models.BooleanField(default=False)
    days = models.PositiveSmallIntegerField(null=True)
    wind_down_days = models.PositiveSmallIntegerField(default=0)
    renewals = models.PositiveSmallIntegerField(default=0)
    proposed_by = models.CharField(max_length=96)
    proposed_at = models.DateTimeField(default=now, editable=False)
    confirm_by = models.DateTimeField(null=True)
    starts_at = models.DateTimeField(null=True)
    agents_from = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    readmission_from = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)
    ended_by = models.CharField(max_length=96, blank=True)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    statement = models.JSONField(null=True)
    marks = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    objects = SanctionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__lte=5), name="sanction_level_0_to_5"),
            models.CheckConstraint(
                condition=Q(level=5, agent__isnull=True, organization__isnull=False)
                | Q(level__lt=5, agent__isnull=False)
                | Q(level__lt=5, level__gt=0, agent__isnull=True, organization__isnull=False),
                name="sanction_is_about_somebody",
            ),
            models.CheckConstraint(condition=Q(state__in=SanctionState.values), name="sanction_state_known"),
            models.CheckConstraint(
                condition=Q(state="proposed", starts_at__isnull=True, ended_at__isnull=True)
                | Q(state="effective", starts_at__isnull=False, ended_at__isnull=True)
                | Q(state="withdrawn", starts_at__isnull=True, ended_at__isnull=False)
                | Q(state="lapsed", ended_at__isnull=False)
                | Q(
                    state__in=["expired", "lifted", "overturned", "replaced"],
                    starts_at__isnull=False,
                    ended_at__isnull=False,
                ),
                name="sanction_begins_and_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(is_emergency=False) | Q(level=Level.SUSPENDED), name="sanction_emergency_suspends"
            ),
            models.CheckConstraint(
                condition=Q(level__lte=1) | ~Q(reason=Reason.ASSOCIATION.value), name="sanction_association_labels_only"
            ),
            models.CheckConstraint(condition=Q(wind_down_days=0) | Q(level=5), name="sanction_wind_down_of_level_5"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")),
                name="sanction_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["agent", "level"],
                condition=Q(state__in=["proposed", "effective"], agent__isnull=False, level__gt=0),
                name="sanction_once_an_agent_and_level",
            ),
            models.UniqueConstraint(
                fields=["organization", "level"],
                condition=Q(state__in=["proposed", "effective"], agent__isnull=True),
                name="sanction_once_an_organization_and_level",
            ),
        ]
        indexes = [
            models.Index(fields=["agent", "-id"], name="sanction_by_agent"),
            models.Index(fields=["organization", "-id"], name="sanction_by_organization"),
            models.Index(fields=["case", "id"], name="sanction_by_case"),
            models.Index(
                fields=["confirm_by"], condition=Q(state__in=["proposed", "effective"]), name="sanction_to_lapse"
            ),
            models.Index(fields=["ends_at"], condition=Q(state="effective"), name="sanction_to_expire"),
            models.Index(fields=["-starts_at", "-id"], condition=Q(level__gte=1), name="sanction_feed"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def rung(self) -> Rung:
        return rung_of(self.level)

    @property
    def measure(self) -> str:
        return self.rung.measure.value

    @property
    def about_id(self) -> str:
        """The id of the agent or the organization that it hits."""
        return self.agent_id or self.organization_id or ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def appeal(self) -> Appeal | None:
        """The appeal that tells most of it, for whoever reads of one: one that changed something, one that waits, one
        that was decided, one taken back; of equals the subject's, then the first."""
        return min(self.appeals.all(), key=_telling, default=None)

    def is_in_force(self, at: datetime) -> bool:
        """Whether it counts at ``at``, whether or not anybody has written down yet that its time is over."""
        if self.state != SanctionState.EFFECTIVE:
            return False
        ends = [end for end in (self.ends_at, self.confirm_by) if end is not None]
        return all(at < end for end in ends)


def _telling(appeal: Appeal) -> tuple[bool, bool, bool, bool, str]:
    is_granted = appeal.outcome in ("overturned", "changed")
    is_by_subject = appeal.appellant_kind == "subject"
    return not is_granted, appeal.state != "open", appeal.state != "decided", not is_by_subject, appeal.pk


class Signature(models.Model):
    """One operator's signature under a sanction, with the role she had then. Never changed: triggers refuse it."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_signature_id, editable=False)
    sanction = models.ForeignKey(Sanction, on_delete=models.PROTECT, related_name="signatures")
    operator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=DeskRole.choices)
    at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sanction", "operator"], name="signature_once_an_operator"),
            models.CheckConstraint(condition=Q(role__in=DeskRole.values), name="signature_role_known"),
        ]

    def __str__(self) -> str:
        return self.id


class AgentBefore(models.Model):
    """How an agent stood before the first measure that changed its standing. There while one is in force: whatever
    ends the last of them puts the agent back to this, to the letter."""

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12)
    status_reason = models.CharField(max_length=40, blank=True)
    suspended_by = models.CharField(max_length=10, blank=True)
    status_changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.agent_id} was {self.status}"


class AssociationDecision(models.TextChoices):
    NOTHING = "nothing", _("nothing to do")
    LABELED = "labeled", _("public label, level 1")
    CASE = "case", _("a case of its own")


class Association(models.Model):
    """An agent that shares something with a sanctioned one, and what an operator decided about it alone."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_association_id, editable=False)
    sanction = models.ForeignKey(Sanction, on_delete=models.PROTECT, related_name="associations")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="associations")
    because = ArrayField(models.CharField(max_length=24))
    listed_at = models.DateTimeField(default=now, editable=False)
    decision = models.CharField(max_length=8, choices=AssociationDecision.choices, blank=True)
    words = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sanction", "agent"], name="association_once"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision="")),
                name="association_decision_whole",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(decision=""), name="association_waiting")]

    def __str__(self) -> str:
        return self.id
