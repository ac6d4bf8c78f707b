"""How long events are kept."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from registry.push.limits import KEPT

BATCH_STREAMS = 200

# Events before the newest that is too old, so that what is kept is always an unbroken end of the stream.
_OLD = """
SELECT subscription_id, max(seq) FROM push_statusevent WHERE created_at < %s GROUP BY subscription_id
ORDER BY subscription_id LIMIT %s
"""
_LOCK = "SELECT id FROM push_subscription WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_DELETE = """
WITH old AS (SELECT * FROM unnest(%(ids)s::varchar[], %(seqs)s::bigint[]) AS o (id, seq)),
gone AS (DELETE FROM push_statusevent e USING old WHERE e.subscription_id = old.id AND e.seq <= old.seq RETURNING 1)
UPDATE push_subscription s SET first_seq = greatest(s.first_seq, old.seq + 1) FROM old
WHERE s.id = old.id AND (SELECT count(*) FROM gone) > 0
"""


def forget_old_events(*, at: datetime) -> int:
    """Delete what is older than ``KEPT``; how many streams that touched. A receiver that asks for it is told so."""
    total = 0
    while streams := _old_streams(at):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM push_subscription WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(streams)]
            )
            cursor.execute(_DELETE, {"ids": list(streams), "seqs": list(streams.values())})
        total += len(streams)
    return total


def _old_streams(at: datetime) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_OLD, [at - KEPT, BATCH_STREAMS])
        return dict(cursor.fetchall())
