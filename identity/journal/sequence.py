"""Positions: the order in which readers follow the journal.

Why neither ids nor ``written_order`` are enough: both are handed out before commit. A transaction that took number 7
may commit after one that took 8, and a reader that has passed 8 would never see 7. So one sequencer at a time stamps
what is committed already: it holds an advisory lock until its own commit, counts on from the last position, and so
leaves no gap. An event that commits later gets a later position, however old its number. Within a batch events keep
their written order, which puts a cause before what it caused: the effect was written after the cause committed.
"""

from __future__ import annotations

from django.db import connection, transaction

SEQUENCER_LOCK = 7_310_584_202_611_001  # any constant of 63 bits; nothing else in the database may use it
BATCH_EVENTS = 1_000

_STAMP = """
WITH waiting AS (
    SELECT id, written_order FROM journal_event WHERE position IS NULL ORDER BY written_order LIMIT %s
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY written_order) AS place FROM waiting
)
UPDATE journal_event SET position = (SELECT coalesce(max(position), 0) FROM journal_event) + numbered.place
FROM numbered WHERE journal_event.id = numbered.id
"""


def sequence_batch(*, batch_events: int = BATCH_EVENTS) -> int:
    """Stamp one batch; how many events it held. Waits while another sequencer is at work.

    The lock is taken in a statement of its own: the next statement's snapshot is then younger than the commit of
    whoever held it before, so that the same position is never given twice.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        cursor.execute(_STAMP, [batch_events])
        return int(cursor.rowcount)


def sequence(*, batch_events: int = BATCH_EVENTS) -> int:
    """Stamp everything that is committed now; how many events that were."""
    stamped = 0
    while batch := sequence_batch(batch_events=batch_events):
        stamped += batch
        if batch < batch_events:
            break
    return stamped
