"""The stored answers: read by key, written only while what they say still stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db import connection

from registry.resolution.answer import Built, Served

# An answer counts while its epoch is its subject's and its signature is by the current key. Both are compared here,
# beside the triggers that delete it: what is revoked stays revoked even if one of the two were to fail.
SELECT_STANDING = """
    SELECT answer.key, answer.status, answer.body, answer.etag, answer.ttl_seconds, answer.refresh_at
    FROM resolution_answer AS answer
    JOIN resolution_subject AS subject ON subject.agent_id = answer.agent_id AND subject.epoch = answer.epoch
    JOIN credentials_issuerkey AS issuer ON issuer.is_current AND issuer.fragment = answer.signed_with
"""

_READ = f"{SELECT_STANDING} WHERE answer.key = ANY (%s) AND answer.refresh_at > %s"

# The share lock meets the lock of a change in progress: SKIP LOCKED so that resolving never waits for a long
# transaction. An answer that another process has stored meanwhile stays, so that all serve the same bytes.
_KEEP = """
    WITH held AS (
        SELECT agent_id FROM resolution_subject WHERE agent_id = %(agent_id)s AND epoch = %(epoch)s
        FOR SHARE SKIP LOCKED
    )
    INSERT INTO resolution_answer AS answer
        (key, agent_id, status, body, etag, ttl_seconds, epoch, signed_with, refresh_at, valid_until)
    SELECT %(key)s, agent_id, %(status)s, %(body)s, %(etag)s, %(ttl_seconds)s, %(epoch)s, %(signed_with)s,
        %(refresh_at)s, %(valid_until)s
    FROM held
    ON CONFLICT (key) DO UPDATE SET
        agent_id = excluded.agent_id, status = excluded.status, body = excluded.body, etag = excluded.etag,
        ttl_seconds = excluded.ttl_seconds, epoch = excluded.epoch, signed_with = excluded.signed_with,
        refresh_at = excluded.refresh_at, valid_until = excluded.valid_until
    WHERE answer.agent_id <> excluded.agent_id OR answer.epoch < excluded.epoch
        OR answer.signed_with <> excluded.signed_with OR answer.refresh_at <= %(at)s
    RETURNING key
"""

_HOLD = "SELECT 1 FROM resolution_subject WHERE agent_id = ANY (%s) ORDER BY agent_id FOR SHARE"
_LOCK_WAIT = "SET LOCAL lock_timeout = '2s'"
_EPOCH = "SELECT epoch FROM resolution_subject WHERE agent_id = %s"


def read_stored(keys: Collection[str], at: datetime) -> dict[str, Served]:
    """The stored answers to ``keys`` that still stand at ``at``, by key."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(keys), at])
        return {
            key: Served(key, status, bytes(body), etag, ttl_seconds, refresh_at, is_stored=True)
            for key, status, body, etag, ttl_seconds, refresh_at in cursor.fetchall()
        }


def keep(built: Built, *, at: datetime) -> Served | None:
    """Store ``built`` and return what is to be served; None when its subject has changed since it was read.

    While a change of the subject is in progress the answer is right but not stored: the epoch has not moved, so what
    was read is what is committed.
    """
    served = built.served
    with connection.cursor() as cursor:
        if served.refresh_at > at:
            cursor.execute(_KEEP, _parameters(built, at))
            if cursor.fetchone() is not None:
                return replace(served, is_stored=True)
            if (stored := read_stored([served.key], at).get(served.key)) is not None:
                return stored
        cursor.execute(_EPOCH, [built.agent_id])
        return served if cursor.fetchone() == (built.epoch,) else None


def hold_still(agent_ids: Collection[str]) -> None:
    """Keep these agents from changing until the transaction ends. OperationalError when another transaction has one
    of them for longer than anybody should wait."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_WAIT)
        cursor.execute(_HOLD, [sorted(agent_ids)])


def _parameters(built: Built, at: datetime) -> dict[str, str | int | bytes | datetime]:
    served = built.served
    return {
        "key": served.key,
        "agent_id": built.agent_id,
        "status": served.status,
        "body": served.body,
        "etag": served.etag,
        "ttl_seconds": served.ttl_seconds,
        "epoch": built.epoch,
        "signed_with": built.signed_with,
        "refresh_at": served.refresh_at,
        "valid_until": built.valid_until,
        "at": at,
    }
