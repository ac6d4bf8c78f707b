"""Budgets and the postings that explain every figure of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from identity.primitives.ids import ID_LENGTH_MAX

BUDGET_ID_LENGTH_MAX = 120


class Budget(models.Model):
    """One window of one counted constraint of one delegation: what is held and captured against its cap.

    ``id`` is ``<delegation>:<constraint>:<window>``, so that a request knows every id before it reads a row, and the
    order of ids is the order of locks. ``cap`` and ``uses_max`` are null where the row alone cannot say what fits (a
    rolling window counts its postings; the row is what racing requests wait for).

    ``held`` and ``captured`` are what the constraint allowed; ``*_elevated`` what a human let through once beyond
    it; ``over`` what a vendor charged without authority (a force-post). No foreign keys: the check of one costs as
    much as the posting itself, and rows here are never deleted; ``reconcile`` proves that they fit together.
    """

    id = models.CharField(primary_key=True, max_length=BUDGET_ID_LENGTH_MAX, db_collation="C", editable=False)
    currency = models.CharField(max_length=3, blank=True)
    cap = models.BigIntegerField(null=True)
    held = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    held_elevated = models.BigIntegerField(default=0)
    captured_elevated = models.BigIntegerField(default=0)
    over = models.BigIntegerField(default=0)
    uses_max = models.BigIntegerField(null=True)
    uses = models.BigIntegerField(default=0)
    uses_elevated = models.BigIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cap__isnull=True) | Q(cap__gte=F("held") + F("captured")), name="budget_within_cap"
            ),
            models.CheckConstraint(
                condition=Q(uses_max__isnull=True) | Q(uses_max__gte=F("uses")), name="budget_within_uses"
            ),
            models.CheckConstraint(
                condition=Q(
                    held__gte=0,
                    captured__gte=0,
                    held_elevated__gte=0,
                    captured_elevated__gte=0,
                    over__gte=0,
                    uses__gte=0,
                    uses_elevated__gte=0,
                ),
                name="budget_never_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def used(self) -> int:
        """What counts against the cap."""
        return self.held + self.captured


class PostingKind(models.TextChoices):
    HOLD = "hold", "authority was reserved"
    RELEASE = "release", "what was not needed came back"
    CAPTURE = "capture", "the vendor reported a charge"
    REFUND = "refund", "the vendor gave back"
    FORCE_POST = "force_post", "charged without authority"
    ALLOCATE = "allocate", "set aside for a link below"
    DEALLOCATE = "deallocate", "what was set aside came back"
    CARRY = "carry", "usage of the delegation that this one replaces"


class Posting(models.Model):
    """One change of one budget, or the same change of many. Appended, never changed: triggers refuse UPDATE and DELETE.

    For every budget the sums of these columns are its columns. ``is_elevated`` says into which of them ``held`` and
    ``captured`` went. ``counted_at`` is when the authority was given: a capture next month counts in this one.

    A hold names the ``budgets`` that take the same in one row, which nobody looks up. Whatever is looked up again, in a
    window that looks back or to be given back, is a row with its one ``budget``, and only such rows are in the index.
    """

    authorization = models.CharField(max_length=ID_LENGTH_MAX)
    budget = models.CharField(max_length=BUDGET_ID_LENGTH_MAX, db_collation="C", null=True)
    budgets = ArrayField(models.CharField(max_length=BUDGET_ID_LENGTH_MAX), null=True)
    kind = models.CharField(max_length=12)
    held = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    over = models.BigIntegerField(default=0)
    uses = models.SmallIntegerField(default=0)
    is_elevated = models.BooleanField(default=False)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(budget__isnull=False, budgets__isnull=True) | Q(budget__isnull=True, budgets__isnull=False),
                name="posting_of_one_or_many",
            )
        ]
        indexes = [
            models.Index(
                fields=["budget", "counted_at"], condition=Q(budget__isnull=False), name="posting_of_one_budget"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.budget or ' '.join(self.budgets or ())}"
