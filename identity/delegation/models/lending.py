"""What each role of an organization may lend, and the limits that it offers its people."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from identity.accounts.models import Organization, Role
from identity.delegation.lending_bounds import WINDOWS, Bounds, Ceiling
from identity.delegation.limits import LENDING_OPEN_MAX, TEMPLATE_NAME_LENGTH_MAX, VALID_DAYS_MAX
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_lending_rule_id, new_limit_template_id


class LendingWindow(models.TextChoices):
    DAY = "day", "day"
    WEEK = "week", "week"
    MONTH = "month", "month"
    YEAR = "year", "year"


class LendingRule(models.Model):
    """How much whoever has ``role`` may lend in the organization's name. A role without a row has what
    ``lending_rules.STANDARD`` says."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_lending_rule_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="lending_rules")
    role = models.CharField(max_length=16, choices=Role.choices)
    may_lend = models.BooleanField()
    days_max = models.PositiveIntegerField(null=True)
    open_max = models.PositiveIntegerField(null=True)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "role"], name="lending_rule_once_a_role"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="lending_rule_role_known"),
            models.CheckConstraint(
                condition=Q(days_max__isnull=True) | Q(days_max__gte=1, days_max__lte=VALID_DAYS_MAX),
                name="lending_rule_days",
            ),
            models.CheckConstraint(
                condition=Q(open_max__isnull=True) | Q(open_max__gte=1, open_max__lte=LENDING_OPEN_MAX),
                name="lending_rule_open",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def bounds(self) -> Bounds:
        """Two queries without ``prefetch_related("ceilings")``."""
        return Bounds(
            may_lend=self.may_lend,
            days_max=self.days_max,
            open_max=self.open_max,
            ceilings=tuple(sorted((row.value for row in self.ceilings.all()), key=lambda each: each.currency)),
        )


class LendingCeiling(models.Model):
    """The most of one currency under a rule; minor units."""

    rule = models.ForeignKey(LendingRule, on_delete=models.CASCADE, related_name="ceilings")
    currency = models.CharField(max_length=3)
    per_purchase = models.BigIntegerField(null=True)
    per_window = models.BigIntegerField(null=True)
    window = models.CharField(max_length=5, choices=LendingWindow.choices, blank=True)
    total = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "currency"], name="lending_ceiling_once_a_currency"),
            models.CheckConstraint(
                condition=Q(per_window__isnull=True, window="") | Q(per_window__isnull=False, window__in=WINDOWS),
                name="lending_ceiling_window",
            ),
            models.CheckConstraint(
                condition=Q(per_purchase__gte=1) | Q(per_window__gte=1) | Q(total__gte=1),
                name="lending_ceiling_says_something",
            ),
            models.CheckConstraint(
                condition=Q(per_purchase__isnull=True) | Q(per_purchase__gte=1), name="lending_ceiling_purchase"
            ),
            models.CheckConstraint(
                condition=Q(per_window__isnull=True) | Q(per_window__gte=1), name="lending_ceiling_amount"
            ),
            models.CheckConstraint(condition=Q(total__isnull=True) | Q(total__gte=1), name="lending_ceiling_total"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.currency}"

    @property
    def value(self) -> Ceiling:
        return Ceiling(
            currency=self.currency,
            per_purchase=self.per_purchase,
            per_window=self.per_window,
            window=self.window,
            total=self.total,
        )


class LimitTemplate(models.Model):
    """Limits with a name that an organization offers the people of ``roles`` when they lend; to all of them when it
    names none. It allows nothing by itself. ``constraints`` are claims, as a delegation spells them."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_limit_template_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="limit_templates")
    name = models.CharField(max_length=TEMPLATE_NAME_LENGTH_MAX)
    roles = ArrayField(models.CharField(max_length=16, choices=Role.choices), default=list)
    constraints = models.JSONField()
    days = models.PositiveIntegerField()
    max_further_depth = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)
    changed_at = models.DateTimeField(default=now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="limit_template_name_once"),
            models.CheckConstraint(condition=Q(roles__contained_by=Role.values), name="limit_template_roles_known"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=VALID_DAYS_MAX), name="limit_template_days"),
            models.CheckConstraint(condition=Q(changed_at__gte=F("created_at")), name="limit_template_changes_later"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.days)
