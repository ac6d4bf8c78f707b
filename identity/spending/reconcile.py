"""The ledger's own check: every figure is the sum of what explains it. Silence means it was checked and is right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from identity.journal.actor import system
from identity.journal.record import record
from identity.journal.spending_kinds import LedgerMismatchFound

FINDINGS_MAX = 100

_BUDGETS = """
SELECT coalesce(b.id, p.budget), 'budget and postings differ'
FROM spending_budget b FULL JOIN (
    SELECT one.budget, sum(CASE WHEN is_elevated THEN 0 ELSE held END) AS held,
        sum(CASE WHEN is_elevated THEN 0 ELSE captured END) AS captured,
        sum(CASE WHEN is_elevated THEN held ELSE 0 END) AS held_elevated,
        sum(CASE WHEN is_elevated THEN captured ELSE 0 END) AS captured_elevated,
        sum("over") AS over_amount, sum(CASE WHEN is_elevated THEN 0 ELSE uses END) AS uses,
        sum(CASE WHEN is_elevated THEN uses ELSE 0 END) AS uses_elevated
    FROM spending_posting p CROSS JOIN LATERAL unnest(coalesce(p.budgets, ARRAY[p.budget])) AS one(budget)
    GROUP BY one.budget
) p ON p.budget = b.id
WHERE (b.held, b.captured, b.held_elevated, b.captured_elevated, b."over", b.uses, b.uses_elevated) IS DISTINCT FROM
    (coalesce(p.held, 0), coalesce(p.captured, 0), coalesce(p.held_elevated, 0), coalesce(p.captured_elevated, 0),
     coalesce(p.over_amount, 0), coalesce(p.uses, 0), coalesce(p.uses_elevated, 0))
LIMIT %s
"""
# Each hold in each of its budgets: what is open is held, what was captured is captured, less what a refund restored.
# Both sides are read whole, once, and hashed.
_AUTHORIZATIONS = """
SELECT a.id, 'authorization and postings differ in ' || u.budget
FROM spending_authorization a
CROSS JOIN LATERAL unnest(a.budgets || a.budgets_elevated) AS u(budget)
LEFT JOIN (
    SELECT p."authorization", one.budget, sum(p.held) AS held, sum(p.captured) AS captured
    FROM spending_posting p CROSS JOIN LATERAL unnest(coalesce(p.budgets, ARRAY[p.budget])) AS one(budget)
    GROUP BY p."authorization", one.budget
) s ON s."authorization" = a.id AND s.budget = u.budget
WHERE (coalesce(s.held, 0), coalesce(s.captured, 0)) IS DISTINCT FROM (
    a.open::numeric,
    (a.captured - CASE WHEN u.budget = ANY(a.budgets_restored) THEN a.refunded ELSE 0 END)::numeric)
LIMIT %s
"""
_ELEVATIONS = """
SELECT e.id, 'an elevation was used by an authorization, or a growth of one, that does not name it'
FROM spending_elevation e LEFT JOIN spending_authorization a ON a.id = e.consumed_by
LEFT JOIN spending_decision d ON d.id = e.consumed_by AND d.decision_class = 'D3' AND d."authorization" IS NOT NULL
WHERE e.consumed_by IS NOT NULL AND d.id IS NULL AND a.elevation IS DISTINCT FROM e.id LIMIT %s
"""
_DECISIONS = """
SELECT a.id, 'an authorization has no decision' FROM spending_authorization a
LEFT JOIN spending_decision d ON d.id = a.decision WHERE d.id IS NULL LIMIT %s
"""
_INCIDENTS = """
SELECT a.id, 'charged beyond what was authorized without an incident' FROM spending_authorization a
WHERE a."over" <> (SELECT coalesce(sum(i.amount), 0) FROM spending_incident i WHERE i."authorization" = a.id) LIMIT %s
"""
# A month that is summed up, with what changed since, is what was bought in its middle (``statement_months``).
_MONTHS = """
SELECT m.principal, 'a month summed up for statements and its purchases differ'
FROM spending_statementmonth m
CROSS JOIN LATERAL (
    SELECT coalesce(sum(count), 0) AS count, coalesce(sum(open), 0) AS open, coalesce(sum(captured), 0) AS captured,
        coalesce(sum(refunded), 0) AS refunded, coalesce(sum("over"), 0) AS "over"
    FROM (
        SELECT count, open, captured, refunded, "over" FROM spending_statementsum WHERE month_id = m.id AND by = 0
        UNION ALL
        SELECT count, open, captured, refunded, "over" FROM spending_statementchange c
        WHERE c.principal = m.principal AND c.month = m.month
    ) AS part
) AS summed
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(sum(open), 0) AS open, coalesce(sum(captured), 0) AS captured,
        coalesce(sum(refunded), 0) AS refunded, coalesce(sum("over"), 0) AS "over"
    FROM spending_authorization a
    WHERE a.principal = m.principal AND a.created_at >= (m.month + interval '12 hours') AT TIME ZONE 'UTC'
        AND a.created_at < (m.month + interval '1 month - 14 hours') AT TIME ZONE 'UTC'
) AS bought
WHERE (summed.count, summed.open, summed.captured, summed.refunded, summed."over")
    IS DISTINCT FROM (bought.count::numeric, bought.open, bought.captured, bought.refunded, bought."over")
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not add up; ``subject`` is the id of a budget, an authorization, an elevation or a
    principal."""

    subject: str
    what: str


def reconcile() -> tuple[Finding, ...]:
    """What does not add up in one snapshot of the whole ledger; nothing when all is right."""
    found: list[Finding] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for statement in (_BUDGETS, _AUTHORIZATIONS, _ELEVATIONS, _DECISIONS, _INCIDENTS, _MONTHS):
            cursor.execute(statement, [FINDINGS_MAX])
            found += [Finding(subject, what) for subject, what in cursor.fetchall()]
    return tuple(found)


def note_findings(findings: tuple[Finding, ...], *, at: datetime) -> None:
    """Write into the journal that the ledger does not add up, so that nobody can miss it."""
    if findings:
        with transaction.atomic():
            event = LedgerMismatchFound(len(findings))
            record(event, subject="ledger", actor=system("reconcile"), at=at)
