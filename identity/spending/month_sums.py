"""Sum up what large principals bought in months that are over, and again after much of it changed.

A statement is never wrong without it, only slower: what is not summed up is read purchase by purchase, and what changed
since is added from the changes that the ledger notes (migration 0012). Nobody who buys ever waits for it.

Why nothing is lost between the two: a month is summed up in one statement, of one snapshot. A change that it sees is in
the purchases it reads, and its note is deleted with it; the note of one that it does not see stays. A transaction that
notes nothing began within a day after the month's end, and a month waits until all of those are over.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from identity.spending.models import SummedBy
from identity.spending.statement_months import middle_of

SUMMED_FROM_PURCHASES = 500
"""A month with fewer is read line by line in half a millisecond, and its sums would hardly be shorter."""
SUMMED_BACK = timedelta(days=400)
CHANGES_KEPT_MAX = 500
"""Of one month of one principal; with more, a statement that adds them is slower than it has to be."""
SETTLING = timedelta(days=2)
"""How long a month is over before it is summed up: the one day of the triggers, and one for clocks that step back."""
MONTHS_AT_ONCE = 1_000
_SUMMING_LOCK = 7_310_584_202_611_012  # any constant of 63 bits; nothing else in the database may use it

# The first month that is not over: as its oldest transaction sees it, for that one may have written without a note.
# Other databases of the server do not matter, nor do transactions that have been prepared: the registry makes none.
_NOT_OVER = """
SELECT date_trunc('month', least(now(), min(xact_start)) - %s::interval, 'UTC') FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Principals one after the other by the index, so that it is not read whole; each with the months that are worth it.
_WAITING = """
WITH RECURSIVE buyer AS (
    (SELECT principal FROM spending_authorization ORDER BY principal LIMIT 1)
    UNION ALL
    SELECT (SELECT a.principal FROM spending_authorization a WHERE a.principal > buyer.principal
        ORDER BY a.principal LIMIT 1)
    FROM buyer WHERE buyer.principal IS NOT NULL
)
SELECT buyer.principal, middle.month
FROM unnest(%s::date[], %s::timestamptz[], %s::timestamptz[]) AS middle(month, begins, ends)
CROSS JOIN buyer
WHERE buyer.principal IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM spending_statementmonth m WHERE m.principal = buyer.principal AND m.month = middle.month)
    AND EXISTS (
        SELECT FROM spending_authorization a WHERE a.principal = buyer.principal AND a.created_at >= middle.begins
            AND a.created_at < middle.ends OFFSET %s LIMIT 1)
ORDER BY middle.month DESC, buyer.principal LIMIT %s
"""
_SUM_UP = """
WITH summed AS (
    INSERT INTO spending_statementmonth (principal, month, summed_at) VALUES (%(principal)s, %(month)s, now())
    ON CONFLICT (principal, month) DO UPDATE SET summed_at = excluded.summed_at RETURNING id
), sums_before AS (
    DELETE FROM spending_statementsum WHERE month_id =
        (SELECT id FROM spending_statementmonth WHERE principal = %(principal)s AND month = %(month)s)
), changes AS (
    DELETE FROM spending_statementchange WHERE principal = %(principal)s AND month = %(month)s
)
INSERT INTO spending_statementsum (month_id, by, currency, agent, vendor, action, shown, count, open, captured,
    refunded, "over")
SELECT summed.id, CASE grouping(agent, vendor, action) WHEN 0 THEN %(all)s WHEN 3 THEN %(agent)s WHEN 5 THEN %(vendor)s
    ELSE %(action)s END, currency, coalesce(agent, ''), coalesce(vendor, ''), coalesce(action, ''), coalesce(shown, 0),
    count(*), sum(open), sum(captured), sum(refunded), sum("over")
FROM summed, (
    SELECT currency, agent, vendor, action, spending_statement_shown(open, captured, refunded, "over") AS shown, open,
        captured, refunded, "over"
    FROM spending_authorization
    WHERE principal = %(principal)s AND created_at >= %(begins)s AND created_at < %(ends)s
) AS line
GROUP BY GROUPING SETS ((summed.id, currency, agent, vendor, action, shown), (summed.id, currency, agent),
    (summed.id, currency, vendor), (summed.id, currency, action))
"""
_CHANGED = """
SELECT c.principal, c.month FROM spending_statementchange c
JOIN spending_statementmonth m ON m.principal = c.principal AND m.month = c.month
GROUP BY c.principal, c.month HAVING count(*) > %s ORDER BY count(*) DESC LIMIT %s
"""
_NEEDLESS = """
DELETE FROM spending_statementchange c WHERE NOT EXISTS (
    SELECT FROM spending_statementmonth m WHERE m.principal = c.principal AND m.month = c.month)
"""


def sum_up_finished_months() -> int:
    """Sum up the months of the last year that are over and not summed up yet; returns how many."""
    months = _finished_months()
    middles = [middle_of(month) for month in months]
    begins, ends = ([middle[place] for middle in middles] for place in (0, 1))
    waiting = _rows(_WAITING, [months, begins, ends, SUMMED_FROM_PURCHASES - 1, MONTHS_AT_ONCE]) if months else []
    for principal, month in waiting:
        sum_up(principal, month)
    return len(waiting)


def sum_up_changed_months() -> int:
    """Sum up again in what much has changed, and forget changes that no sum needs; returns how many months."""
    with transaction.atomic():
        _wait_for_others()
        with connection.cursor() as cursor:
            cursor.execute(_NEEDLESS)
    changed = _rows(_CHANGED, [CHANGES_KEPT_MAX, MONTHS_AT_ONCE])
    for principal, month in changed:
        sum_up(principal, month)
    return len(changed)


def sum_up(principal: str, month: date) -> None:
    """Sum up, for the first time or again, what ``principal`` bought in the middle of ``month``, which must be over
    (``sum_up_finished_months``)."""
    begins, ends = middle_of(month)
    asked: dict[str, Any] = {"principal": principal, "month": month, "begins": begins, "ends": ends}
    with transaction.atomic():
        _wait_for_others()
        with connection.cursor() as cursor:
            cursor.execute(_SUM_UP, asked | {one.name.lower(): one.value for one in SummedBy})


def _finished_months() -> list[date]:
    """In order. The statement is one of its own: what it says is true before the next one's snapshot is taken."""
    ((first_not_over,),) = _rows(_NOT_OVER, [SETTLING])
    following, earliest = first_not_over.date(), (first_not_over - SUMMED_BACK).date()
    months = []
    while (month := (following - timedelta(days=1)).replace(day=1)) >= earliest:
        months.append(month)
        following = month
    return months[::-1]


def _wait_for_others() -> None:
    """One at a time, in a statement of its own: the next one's snapshot is younger than the commit of whoever was at
    it, so that no change is taken for needless whose month has just been summed up without it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SUMMING_LOCK])


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor)
