"""The sums of a statement: from what is summed up ahead where that is so, else from the lines themselves.

Everything is asked in one statement, so that it is of one instant: a month is read either from its sums and what has
changed since, or line by line, and whoever sums it up meanwhile changes nothing in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, tzinfo
from functools import reduce
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Q, QuerySet

from identity.spending.models import StatementChange, StatementSum, SummedBy
from identity.spending.statement import Breakdown, Selection, Show, Sum
from identity.spending.statement_months import Stretch, stretches

_SHOWN_BITS = {Show.HELD: 1, Show.CHARGED: 2, Show.REFUNDED: 4, Show.RELEASED: 8}
_OF_AGENT, _OF_VENDOR, _OF_STEP = 3, 5, 6  # as ``grouping(agent, vendor, step)`` numbers them
_KEYS = ("currency", "agent", "vendor")
_AMOUNTS = ("open", "captured", "refunded", "over")

# The parts of the period, each with the id of its month where that is summed up.
_STRETCHES = """
WITH stretch AS MATERIALIZED (
    SELECT each.step, each.begins, each.ends, each.month, m.id
    FROM unnest(%s::integer[], %s::timestamptz[], %s::timestamptz[], %s::date[]) AS each(step, begins, ends, month)
    LEFT JOIN spending_statementmonth m ON m.principal = %s AND m.month = each.month
)"""
# One pass over the lines. Its columns are those of the index ``authorization_for_statement``, which alone is read.
# ``OFFSET 0`` keeps the planner from sorting all lines on disk instead of counting them in memory.
_LINES = """, grouped AS MATERIALIZED (
    SELECT currency, agent, vendor, step, grouping(step) AS is_pair, count(*) AS count, sum(open) AS open,
        sum(captured) AS captured, sum(refunded) AS refunded, sum("over") AS "over"
    FROM (
        SELECT stretch.step, line.* FROM stretch JOIN ({rows}) AS line
            ON line.created_at >= stretch.begins AND line.created_at < stretch.ends
        WHERE stretch.id IS NULL OFFSET 0
    ) AS stepped
    GROUP BY GROUPING SETS ((currency, agent, vendor), (currency, step))
)
SELECT grouping(agent, vendor) * 2 + 1, currency, coalesce(agent, vendor), 0, sum(count), sum(open), sum(captured),
    sum(refunded), sum("over")
FROM grouped WHERE is_pair = 1 GROUP BY GROUPING SETS ((currency, agent), (currency, vendor))
UNION ALL
SELECT 6, currency, NULL, step, count, open, captured, refunded, "over" FROM grouped WHERE is_pair = 0"""
_GROUPED = """
UNION ALL
SELECT {number}, currency, {party}, {step}, sum(count), sum(open), sum(captured), sum(refunded), sum("over")
FROM (SELECT stretch.step, part.* FROM stretch JOIN ({rows}) AS part ON part.{month} = stretch.{key}
    WHERE stretch.id IS NOT NULL) AS summed
GROUP BY {sets}"""
_BY_ALL = {
    "number": "grouping(agent, vendor, step)",
    "party": "coalesce(agent, vendor)",
    "step": "step",
    "sets": "GROUPING SETS ((currency, agent), (currency, vendor), (currency, step))",
}
_BY_AGENT = {"number": "3", "party": "agent", "step": "0", "sets": "currency, agent"}
_BY_VENDOR = {"number": "5", "party": "vendor", "step": "0", "sets": "currency, vendor"}
_BY_STEP = {"number": "6", "party": "NULL", "step": "step", "sets": "currency, step"}

Key = TypeVar("Key", str, date)
Sums = dict[str, dict[Key, Sum]]  # by currency
Asked = tuple[str, tuple[Any, ...]]


def break_down(selection: Selection, *, steps: Sequence[date], zone: tzinfo) -> Breakdown:
    """The sums of the selection. ``steps`` are the first days of the chart's columns, in order and in ``zone``; the
    first is not after the selection's beginning."""
    agents: Sums[str] = {}
    vendors: Sums[str] = {}
    days: Sums[date] = {}
    for number, currency, party, step, *figures in _rows(selection, steps, zone):
        one = Sum(currency, *map(int, figures))
        if number == _OF_AGENT:
            _add(agents, party, one)
        elif number == _OF_VENDOR:
            _add(vendors, party, one)
        else:
            _add(days, steps[step], one)
    of_days = _counted(days)
    totals = {currency: reduce(Sum.plus, sums.values()) for currency, sums in of_days.items()}
    return Breakdown(totals, _counted(agents), _counted(vendors), of_days)


def _counted(sums: Sums[Key]) -> Sums[Key]:
    """Without what nothing is left of: of a purchase that is not held any more, what was held is taken away."""
    left = {currency: {key: one for key, one in by.items() if one.count} for currency, by in sums.items()}
    return {currency: by for currency, by in left.items() if by}


def _add(sums: Sums[Key], key: Key, one: Sum) -> None:
    """What is not summed up, what is and what changed since come by themselves."""
    of_currency = sums.setdefault(one.currency, {})
    before = of_currency.get(key)
    of_currency[key] = one if before is None else before.plus(one)


def _rows(selection: Selection, steps: Sequence[date], zone: tzinfo) -> list[tuple[Any, ...]]:
    parts = stretches(selection.begins_at, selection.ends_at, steps=steps, zone=zone)
    lines, parameters = _sql(selection.lines().order_by(), *_KEYS, "created_at", *_AMOUNTS)
    statement = [_STRETCHES, _LINES.format(rows=lines)]
    asked: list[Any] = [
        *_columns(parts, with_months=selection.is_called_by_text is None),
        selection.principal,
        *parameters,
    ]
    if any(part.month for part in parts):
        for text, more in _summed(selection):
            statement.append(text)
            asked += more
    with connection.cursor() as cursor:
        cursor.execute("".join(statement), asked)
        return list(cursor)


def _columns(parts: Sequence[Stretch], *, with_months: bool) -> list[list[Any]]:
    return [
        [part.step for part in parts],
        [part.begins_at for part in parts],
        [part.ends_at for part in parts],
        [part.month if with_months else None for part in parts],
    ]


def _summed(selection: Selection) -> Iterator[Asked]:
    """What to read of the months that are summed up."""
    changes = StatementChange.objects.filter(_shown(selection) & selection.parts(), principal=selection.principal)
    yield _grouped(changes, "month", "month", _BY_ALL)
    if not selection.is_whole:
        yield _grouped(_sums(SummedBy.ALL).filter(_shown(selection) & selection.parts()), "month_id", "id", _BY_ALL)
        return
    yield _grouped(_sums(SummedBy.AGENT), "month_id", "id", _BY_AGENT)
    for form in (_BY_VENDOR, _BY_STEP):
        yield _grouped(_sums(SummedBy.VENDOR), "month_id", "id", form)


def _sums(by: SummedBy) -> QuerySet[StatementSum]:
    return StatementSum.objects.filter(by=by)


def _shown(selection: Selection) -> Q:
    if selection.show is None:
        return Q()
    bit = _SHOWN_BITS[selection.show]
    return Q(shown__in=[shown for shown in range(16) if shown & bit])


def _grouped(rows: QuerySet[Any], month: str, key: str, form: dict[str, str]) -> Asked:
    text, parameters = _sql(rows, *_KEYS, month, "count", *_AMOUNTS)
    return _GROUPED.format(rows=text, month=month, key=key, **form), parameters


def _sql(rows: QuerySet[Any], *columns: str) -> Asked:
    text, parameters = rows.values(*columns).query.sql_with_params()
    return text, parameters
