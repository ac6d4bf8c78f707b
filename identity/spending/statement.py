"""What was spent on a principal's authority in a period: the lines and their sums, straight from the ledger.

A purchase belongs to the period in which its authority was given, as in the budgets (``Posting.counted_at``): a charge
next month counts in this one. Currencies are never added up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from identity.primitives.money import Money
from identity.spending.models import Authorization, AuthorizationState


class Show(StrEnum):
    """Which purchases: those with something still held, charged, given back, or ended without a charge."""

    HELD = "held"
    CHARGED = "charged"
    REFUNDED = "refunded"
    RELEASED = "released"


class Step(StrEnum):
    """How long one column of a chart is."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Selection:
    """The purchases of ``principal`` from ``begins_at`` until before ``ends_at``. None and "" leave nothing out; an
    empty collection leaves out everything. ``parties``: of this agent or at this vendor, or ``text`` is in the action
    or is the id or the order's digest."""

    principal: str
    begins_at: datetime
    ends_at: datetime
    agent: str = ""
    vendors: Collection[str] | None = None
    currency: str = ""
    show: Show | None = None
    text: str = ""
    parties: Collection[str] = ()

    def lines(self) -> QuerySet[Authorization]:
        """Newest first."""
        rows = Authorization.objects.filter(
            principal=self.principal, created_at__gte=self.begins_at, created_at__lt=self.ends_at
        )
        if self.agent:
            rows = rows.filter(agent=self.agent)
        if self.vendors is not None:
            rows = rows.filter(vendor__in=self.vendors)
        if self.currency:
            rows = rows.filter(currency=self.currency)
        if self.show is not None:
            rows = rows.filter(_SHOWN[self.show])
        if self.text:
            rows = rows.filter(
                Q(agent__in=self.parties)
                | Q(vendor__in=self.parties)
                | Q(action__icontains=self.text)
                | self._is_called_by_text()
            )
        return rows.order_by("-created_at", "-pk")

    def _is_called_by_text(self) -> Q:
        """Neither an id nor a digest stands in the index that lines are searched by, so they are only looked for by
        what can be one: each line would have to be fetched."""
        if _ID.fullmatch(self.text):
            return Q(pk=self.text)
        return Q(order_hash=self.text) if _DIGEST.fullmatch(self.text) else Q()

    def older_than(self, last: Authorization) -> QuerySet[Authorization]:
        """The lines that follow ``last``."""
        is_before = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        return self.lines().filter(is_before, created_at__lte=last.created_at)


_ID = re.compile(r"aut_[0-9a-z]+")
_DIGEST = re.compile(r"\S{32,}")
_SHOWN = {
    Show.HELD: Q(open__gt=0),
    Show.CHARGED: Q(captured__gt=0) | Q(over__gt=0),
    Show.REFUNDED: Q(refunded__gt=0),
    Show.RELEASED: Q(state=AuthorizationState.CLOSED, captured=0, over=0),
}


@dataclass(frozen=True, slots=True)
class Sum:
    """Of some purchases in one currency, in minor units."""

    currency: str
    count: int = 0
    held: int = 0
    captured: int = 0
    refunded: int = 0
    over: int = 0

    @property
    def spent(self) -> int:
        """Charged less what was given back; what was charged beyond the authority is in it."""
        return self.captured + self.over - self.refunded

    def plus(self, other: Sum) -> Sum:
        """Both together. Raises ValueError for two currencies."""
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Sum(
            self.currency,
            self.count + other.count,
            self.held + other.held,
            self.captured + other.captured,
            self.refunded + other.refunded,
            self.over + other.over,
        )

    @property
    def charged_words(self) -> str:
        return self._words(self.captured + self.over)

    @property
    def refunded_words(self) -> str:
        return self._words(self.refunded)

    @property
    def spent_words(self) -> str:
        return self._words(self.spent)

    @property
    def held_words(self) -> str:
        return self._words(self.held)

    @property
    def over_words(self) -> str:
        return self._words(self.over)

    def _words(self, minor: int) -> str:
        return Money(minor, self.currency).digits()


def sum_of(line: Authorization) -> Sum:
    """One purchase as the sum that it is."""
    return Sum(line.currency, 1, line.open, line.captured, line.refunded, line.over)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The sums by currency; within it by agent, by vendor, and by the first day of each step."""

    totals: dict[str, Sum]
    agents: dict[str, dict[str, Sum]]
    vendors: dict[str, dict[str, Sum]]
    days: dict[str, dict[date, Sum]]

    @property
    def parties(self) -> Parties:
        """As ``parties_in`` counts them."""
        return Parties(_counts(self.agents), _counts(self.vendors))


def _counts(by: Mapping[str, Mapping[str, Sum]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for sums in by.values():
        for party, one in sums.items():
            counts[party] = counts.get(party, 0) + one.count
    return counts


@dataclass(frozen=True, slots=True)
class Parties:
    """How many purchases each agent made, and were made at each vendor."""

    agents: dict[str, int]
    vendors: dict[str, int]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.agents, **self.vendors})


# One pass over the lines, so that everything is of one instant and agrees with each other. Its columns are those of
# the index ``authorization_for_statement``, which alone is read. ``OFFSET 0`` keeps the planner from taking each moment
# for a step of its own: it would sort all lines on disk instead of counting them in memory.
_BREAKDOWN = """
WITH grouped AS MATERIALIZED (
    SELECT currency, agent, vendor, step, grouping(step) AS is_pair, count(*) AS count, sum(open) AS open,
        sum(captured) AS captured, sum(refunded) AS refunded, sum("over") AS "over"
    FROM (
        SELECT currency, agent, vendor, width_bucket(created_at, %s::timestamptz[]) AS step, open, captured, refunded,
            "over"
        FROM ({lines}) AS line OFFSET 0
    ) AS stepped
    GROUP BY GROUPING SETS ((currency, agent, vendor), (currency, step))
)
SELECT currency, agent, vendor, 0, grouping(agent, vendor), sum(count), sum(open), sum(captured), sum(refunded),
    sum("over")
FROM grouped WHERE is_pair = 1
GROUP BY GROUPING SETS ((currency), (currency, agent), (currency, vendor))
UNION ALL
SELECT currency, NULL, NULL, step, 0, count, open, captured, refunded, "over" FROM grouped WHERE is_pair = 0
"""
_PARTIES = "SELECT agent, vendor, count(*) FROM ({lines}) AS line GROUP BY GROUPING SETS ((agent), (vendor))"
_COLUMNS = ("currency", "agent", "vendor", "created_at", "open", "captured", "refunded", "over")


def break_down(selection: Selection, *, steps: Sequence[date], zone: tzinfo) -> Breakdown:
    """The sums of the selection, in one statement. ``steps`` are the first days of the chart's columns, in order and
    in ``zone``; the first is not after the selection's beginning."""
    found = Breakdown({}, {}, {}, {})
    begins = [datetime.combine(day, time.min, zone) for day in steps]
    for currency, agent, vendor, step, by, *figures in _rows(_BREAKDOWN, selection, _COLUMNS, begins):
        one = Sum(currency, *map(int, figures))
        match by:
            case 0b11:
                found.totals[currency] = one
            case 0b01:
                found.agents.setdefault(currency, {})[agent] = one
            case 0b10:
                found.vendors.setdefault(currency, {})[vendor] = one
            case _:
                found.days.setdefault(currency, {})[steps[step - 1]] = one
    return found


def parties_in(selection: Selection) -> Parties:
    """Who is on the lines of the selection, for less than their sums cost."""
    found = Parties({}, {})
    for agent, vendor, count in _rows(_PARTIES, selection, ("agent", "vendor")):
        if vendor is None:
            found.agents[agent] = count
        else:
            found.vendors[vendor] = count
    return found


def _rows(statement: str, selection: Selection, columns: Iterable[str], *parameters: Any) -> list[tuple[Any, ...]]:
    try:
        lines, chosen = selection.lines().order_by().values(*columns).query.sql_with_params()
    except EmptyResultSet:  # no vendor at all was chosen: there is nothing to ask the database
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.format(lines=lines), [*parameters, *chosen])
        return list(cursor)
