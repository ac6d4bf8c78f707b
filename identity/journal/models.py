"""The journal: what happened, in order, for ever. The rows are written by ``record`` and by nothing else."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Value

from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_event_id


class Event(models.Model):
    """One change, written in the transaction of that change.

    ``written_order`` is a database sequence: it orders the events of one transaction, and of two where the second
    began after the first committed. ``position`` is the order to read by; ``identity.journal.sequence`` stamps it and
    says why ``written_order`` is not enough. Triggers forbid UPDATE (but for that stamp, once), DELETE and TRUNCATE.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_event_id, editable=False)
    written_order = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("journal_event_written_order"), function="nextval")
    )
    position = models.BigIntegerField(null=True, unique=True, editable=False)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=ID_LENGTH_MAX)
    organization = models.CharField(max_length=ID_LENGTH_MAX, null=True)
    actor = models.CharField(max_length=96)
    payload = models.JSONField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-written_order"], name="event_by_organization"),
            models.Index(fields=["subject", "-written_order"], name="event_by_subject"),
            models.Index(fields=["written_order"], name="event_unstamped", condition=models.Q(position__isnull=True)),
            # What operators did is little beside what agents do, and is read for itself.
            models.Index(
                fields=["-written_order"],
                name="event_by_operators",
                condition=models.Q(actor__startswith="operator:"),
            ),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(position__gte=1), name="event_position_from_one")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class ReaderCursor(models.Model):
    """How far one reader has come; each reader is idempotent, so replay is setting this back."""

    reader = models.CharField(primary_key=True, max_length=64)
    position = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.reader} at {self.position}"
