"""Vendors under review: while they are, their receipts weigh half."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from psycopg import Cursor

from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import VendorReviewChanged
from identity.journal.record import record
from reputation.scoring.models import VendorReview

_STALE = """
INSERT INTO scoring_stalescore (agent, since)
SELECT DISTINCT agent, %s::timestamptz FROM scoring_receiptevidence WHERE vendor = ANY(%s)
"""


def mark_under_review(*, agent: Agent, actor: Actor, at: datetime) -> None:
    """For the transaction of a sanction against ``agent``: should it be a vendor, its receipts weigh half from now
    on. Those who hold such receipts get their new scores within seconds, by a task. Marking again changes nothing."""
    with transaction.atomic():
        _, is_new = VendorReview.objects.get_or_create(vendor=agent.pk, defaults={"since": at})
        if is_new:
            _note(agent, is_under_review=True, actor=actor, at=at)


def clear_under_review(*, agent: Agent, actor: Actor, at: datetime) -> None:
    """For the transaction in which the last measure against ``agent`` ends: its receipts weigh what they did."""
    with transaction.atomic():
        deleted, _ = VendorReview.objects.filter(vendor=agent.pk).delete()
        if deleted:
            _note(agent, is_under_review=False, actor=actor, at=at)


def note_vendors_changed(vendors: list[str], *, at: datetime) -> None:
    """These vendors weigh something else than before: the agents that bought from them wait for a new score."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        Cursor(connection.connection).execute(_STALE, [at, vendors])


def _note(agent: Agent, *, is_under_review: bool, actor: Actor, at: datetime) -> None:
    record(
        VendorReviewChanged(is_under_review), subject=agent.pk, actor=actor, at=at, organization=agent.organization_id
    )
    note_vendors_changed([agent.pk], at=at)
