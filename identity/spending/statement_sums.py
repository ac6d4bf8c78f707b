"""The sums of a statement: from what is summed up ahead where that is so, else from the lines themselves.

Everything is asked in one statement, so that it is of one instant: a month is read either from its sums and what has
changed since, or line by line, and whoever sums it up meanwhile changes nothing in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, tzinfo
from functools import reduce
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from identity.spending.models import StatementChange, StatementSum, SummedBy
from identity.spending.statement import Breakdown, Parties, Selection, Show, Sum
from identity.spending.statement_months import Stretch, stretches

_SHOWN_BITS = {Show.HELD: 1, Show.CHARGED: 2, Show.REFUNDED: 4, Show.RELEASED: 8}
_OF_AGENT, _OF_VENDOR = 3, 5  # as ``grouping(agent, vendor, step)`` numbers them
_KEYS = ("currency", "agent", "vendor")
_AMOUNTS = ("open", "captured", "refunded", "over")

# The parts of the period, each with the id of its month where that is summed up; then what each kind of part holds, and
# at last all of it together, without what nothing is left of: of what is not held any more, it was taken away.
_STATEMENT = """
WITH stretch AS MATERIALIZED (
    SELECT each.step, each.begins, each.ends, each.month, m.id
    FROM unnest(%s::integer[], %s::timestamptz[], %s::timestamptz[], %s::date[]) AS each(step, begins, ends, month)
    LEFT JOIN spending_statementmonth m ON m.principal = %s AND m.month = each.month
)
SELECT number, currency, party, step, sum(count){sums}
FROM ({parts}) AS part GROUP BY number, currency, party, step HAVING sum(count) <> 0
"""
# The columns of lines are those of the index ``authorization_for_statement``, which alone is read. ``OFFSET 0`` keeps
# the planner from sorting all lines on disk instead of counting them in memory, and from reading the sums of others.
_LINES = """
SELECT grouping(agent, vendor, step) AS number, currency, coalesce(agent, vendor) AS party, step,
    count(*) AS count{sums}
FROM (
    SELECT stretch.step, line.* FROM stretch JOIN ({rows}) AS line
        ON line.created_at >= stretch.begins AND line.created_at < stretch.ends
    WHERE stretch.id IS NULL OFFSET 0
) AS stepped
GROUP BY GROUPING SETS ((currency, agent), (currency, vendor), (currency, step))"""
_SUMMED = """
SELECT grouping(agent, vendor, step), currency, coalesce(agent, vendor), step, sum(count){sums}
FROM (
    SELECT stretch.step, one.* FROM stretch
    CROSS JOIN LATERAL (SELECT * FROM ({rows}) AS each WHERE each.{month} = stretch.{key} OFFSET 0) AS one
    WHERE stretch.id IS NOT NULL
) AS stepped
GROUP BY GROUPING SETS ((currency, agent), (currency, vendor), (currency, step))"""
# Of everything, sums that are told apart by one thing alone, and so are much fewer.
_AGENTS_SUMMED = """
SELECT 3, currency, agent, NULL::integer, sum(count){sums}
FROM stretch CROSS JOIN LATERAL (
    SELECT * FROM spending_statementsum
    WHERE month_id = stretch.id AND by = %s OFFSET 0
) AS one
GROUP BY currency, agent"""
_VENDORS_SUMMED = """
SELECT 4 + grouping(vendor, step), currency, vendor, step, sum(count){sums}
FROM stretch CROSS JOIN LATERAL (
    SELECT * FROM spending_statementsum
    WHERE month_id = stretch.id AND by = %s OFFSET 0
) AS one
GROUP BY GROUPING SETS ((currency, vendor), (currency, step))"""

Asked = tuple[str, tuple[Any, ...]]


def break_down(selection: Selection, *, steps: Sequence[date], zone: tzinfo) -> Breakdown:
    """The sums of the selection. ``steps`` are the first days of the chart's columns, in order and in ``zone``; the
    first is not after the selection's beginning."""
    found = Breakdown({}, {}, {}, {})
    for number, currency, party, step, *figures in _rows(selection, stretches_of(selection, steps, zone), _AMOUNTS):
        one = Sum(currency, *map(int, figures))
        if number == _OF_AGENT:
            found.agents.setdefault(currency, {})[party] = one
        elif number == _OF_VENDOR:
            found.vendors.setdefault(currency, {})[party] = one
        else:
            found.days.setdefault(currency, {})[steps[step]] = one
    found.totals.update((currency, reduce(Sum.plus, sums.values())) for currency, sums in found.days.items())
    return found


def parties_in(selection: Selection, *, steps: Sequence[date], zone: tzinfo) -> Parties:
    """Who is on the lines of the selection, for less than their sums cost."""
    found = Parties({}, {})
    for number, _currency, party, _step, count in _rows(selection, stretches_of(selection, steps, zone), ()):
        if number in (_OF_AGENT, _OF_VENDOR):
            counts = found.agents if number == _OF_AGENT else found.vendors
            counts[party] = counts.get(party, 0) + int(count)
    return found


def _rows(selection: Selection, stretched: list[Stretch], amounts: Sequence[str]) -> list[tuple[Any, ...]]:
    is_summed = selection.ids is None and any(one.month for one in stretched)
    parts = [_lines(selection, amounts), *(_summed(selection, amounts) if is_summed else ())]
    parameters = [
        *_columns(stretched, with_months=is_summed),
        selection.principal,
        *chain(*(each for _, each in parts)),
    ]
    statement = _STATEMENT.replace("{parts}", "\nUNION ALL".join(text for text, _ in parts))
    with connection.cursor() as cursor:
        cursor.execute(
            statement.replace("{sums}", "".join(f', sum("{each}") AS "{each}"' for each in amounts)), parameters
        )
        return list(cursor)


def stretches_of(selection: Selection, steps: Sequence[date], zone: tzinfo) -> list[Stretch]:
    return stretches(selection.begins_at, selection.ends_at, steps=steps, zone=zone)


def _columns(parts: Sequence[Stretch], *, with_months: bool) -> list[list[Any]]:
    return [
        [part.step for part in parts],
        [part.begins_at for part in parts],
        [part.ends_at for part in parts],
        [part.month if with_months else None for part in parts],
    ]


def _lines(selection: Selection, amounts: Sequence[str]) -> Asked:
    text, parameters = _sql(selection.lines().order_by(), "created_at", *_KEYS, *amounts)
    return _LINES.replace("{rows}", text), parameters


def _summed(selection: Selection, amounts: Sequence[str]) -> Iterator[Asked]:
    """What to read of the months that are summed up: what changed since, and the sums."""
    changes = StatementChange.objects.filter(selection.parts() & _shown(selection), principal=selection.principal)
    yield _of_months(changes, "month", "month", amounts)
    if selection.is_whole:
        yield _AGENTS_SUMMED, (SummedBy.AGENT.value,)
        yield _VENDORS_SUMMED, (SummedBy.VENDOR.value,)
    else:
        sums = StatementSum.objects.filter(
            selection.parts(has_text=Q(action__in=_actions(selection))) & _shown(selection), by=SummedBy.ALL
        )
        yield _of_months(sums, "month_id", "id", amounts)


def _of_months(rows: QuerySet[Any], month: str, key: str, amounts: Sequence[str]) -> Asked:
    text, parameters = _sql(rows, month, *_KEYS, "count", *amounts)
    return _SUMMED.replace("{rows}", text).replace("{month}", month).replace("{key}", key), parameters


def _actions(selection: Selection) -> QuerySet[StatementSum, str]:
    """Those with the text in them: a few that are looked at once, and not again in each of the sums."""
    of_principal = StatementSum.objects.filter(month__principal=selection.principal, by=SummedBy.ACTION)
    return of_principal.filter(action__icontains=selection.text).values_list("action", flat=True)


def _shown(selection: Selection) -> Q:
    if selection.show is None:
        return Q()
    bit = _SHOWN_BITS[selection.show]
    return Q(shown__in=[shown for shown in range(16) if shown & bit])


def _sql(rows: QuerySet[Any], *columns: str) -> Asked:
    text, parameters = rows.values(*columns).query.sql_with_params()
    return text, parameters
