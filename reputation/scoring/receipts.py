"""Settled receipts: purchases that ended, were not given back and were not disputed for fourteen days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from identity.spending.models import Authorization, AuthorizationState
from reputation.scoring.limits import RECEIPTS_SETTLED_AT_ONCE, UNDISPUTED_FOR
from reputation.scoring.models import PendingReceipt
from reputation.scoring.refresh import refresh_scores

# Taken out of the list of those that wait, whether they become evidence or not. A disputed one stays in it.
_SETTLE = """
WITH due AS (
    DELETE FROM scoring_pendingreceipt WHERE "authorization" IN (
        SELECT p."authorization" FROM scoring_pendingreceipt p
        WHERE p.due_at <= %(at)s
            AND NOT EXISTS (SELECT 1 FROM scoring_opendispute d WHERE d."authorization" = p."authorization")
            AND NOT EXISTS (SELECT 1 FROM scoring_caseevidence e
                            WHERE e."authorization" = p."authorization" AND e.withdrawn_at IS NULL)
        ORDER BY p.due_at LIMIT %(count_max)s FOR UPDATE SKIP LOCKED
    ) RETURNING "authorization", due_at
), settled AS (
    INSERT INTO scoring_receiptevidence ("authorization", agent, vendor, principal, settled_on, is_own)
    SELECT a.id, a.agent, a.vendor, a.principal, (due.due_at AT TIME ZONE 'UTC')::date,
        EXISTS (
            SELECT 1 FROM agents_agent seller JOIN agents_agent buyer ON buyer.id = a.agent
            WHERE seller.id = a.vendor AND (
                seller.organization_id IN (buyer.organization_id, a.principal)
                OR EXISTS (
                    SELECT 1 FROM accounts_membership sells
                    JOIN accounts_membership buys ON buys.user_id = sells.user_id AND buys.role = 'owner'
                    WHERE sells.organization_id = seller.organization_id AND sells.role = 'owner'
                        AND buys.organization_id IN (buyer.organization_id, a.principal)
                )
            )
        )
    FROM due JOIN spending_authorization a ON a.id = due."authorization"
    WHERE a.captured > a.refunded AND a.over = 0 AND a.currency <> %(sandbox)s
    ON CONFLICT ("authorization") DO NOTHING
    RETURNING agent
)
SELECT (SELECT count(*) FROM due), ARRAY(SELECT DISTINCT agent FROM settled ORDER BY agent)
"""
SANDBOX_CURRENCY = "XTS"  # ISO 4217: for testing; what costs nothing proves nothing


def note_ended(authorizations: Collection[str]) -> int:
    """Remember those of these that have ended with something captured, each once; how many there are."""
    ended = Authorization.objects.filter(
        pk__in=authorizations, state=AuthorizationState.CLOSED, captured__gt=0, closed_at__isnull=False
    ).values_list("pk", "closed_at")
    pending = [
        PendingReceipt(authorization=pk, due_at=closed_at + UNDISPUTED_FOR) for pk, closed_at in ended if closed_at
    ]
    PendingReceipt.objects.bulk_create(pending, ignore_conflicts=True)
    return len(pending)


def settle_receipts(*, at: datetime, count_max: int = RECEIPTS_SETTLED_AT_ONCE) -> int:
    """Turn what has waited long enough into evidence and compute the scores it changes; how many were looked at.

    Of an authorization that was given back in full, charged beyond its limit, or in the currency for tests, nothing
    comes. A purchase from a shop of one's own is kept and weighs nothing: stops an organization, or its principal,
    from praising its own agents with its own shops.
    """
    with transaction.atomic():
        looked_at, agents = _settle(at, count_max)
        if agents:
            refresh_scores(agents, at=at)
    return looked_at


def _settle(at: datetime, count_max: int) -> tuple[int, list[str]]:
    values: dict[str, Any] = {"at": at, "count_max": count_max, "sandbox": SANDBOX_CURRENCY}
    connection.ensure_connection()
    with connection.wrap_database_errors:
        row = Cursor(connection.connection).execute(_SETTLE, values).fetchone()
    assert row is not None
    return int(row[0]), list(row[1])
