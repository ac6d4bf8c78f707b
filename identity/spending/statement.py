"""What was spent on a principal's authority in a period: the lines and their sums, straight from the ledger.

A purchase belongs to the period in which its authority was given, as in the budgets (``Posting.counted_at``): a charge
next month counts in this one. Currencies are never added up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

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
    """How long one column of a chart is. The values are PostgreSQL's for ``date_trunc``."""

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
                | Q(pk=self.text)
                | Q(order_hash=self.text)
            )
        return rows.order_by("-created_at", "-pk")

    def older_than(self, last: Authorization) -> QuerySet[Authorization]:
        """The lines that follow ``last``."""
        is_before = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        return self.lines().filter(is_before, created_at__lte=last.created_at)


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
    def parties(self) -> set[str]:
        return {party for by in (self.agents, self.vendors) for sums in by.values() for party in sums}


# One pass over the lines for all four, so that they are of one instant and agree with each other.
_BREAKDOWN = """
SELECT currency, agent, vendor, day, grouping(agent, vendor, day), count(*), sum(open), sum(captured), sum(refunded),
    sum("over")
FROM (
    SELECT currency, agent, vendor, date_trunc(%s, created_at AT TIME ZONE %s)::date AS day, open, captured, refunded,
        "over"
    FROM ({lines}) AS line
) AS dated
GROUP BY GROUPING SETS ((currency), (currency, agent), (currency, vendor), (currency, day))
"""


def break_down(selection: Selection, *, step: Step, zone: tzinfo) -> Breakdown:
    """The sums of the selection, in one statement. Days and months are those of ``zone``."""
    columns = ("currency", "agent", "vendor", "created_at", "open", "captured", "refunded", "over")
    found = Breakdown({}, {}, {}, {})
    try:
        lines, parameters = selection.lines().order_by().values(*columns).query.sql_with_params()
    except EmptyResultSet:  # no vendor at all was chosen: there is nothing to ask the database
        return found
    with connection.cursor() as cursor:
        cursor.execute(_BREAKDOWN.format(lines=lines), [step.value, str(zone), *parameters])
        for currency, agent, vendor, day, by, *figures in cursor:
            one = Sum(currency, *map(int, figures))
            match by:
                case 0b111:
                    found.totals[currency] = one
                case 0b011:
                    found.agents.setdefault(currency, {})[agent] = one
                case 0b101:
                    found.vendors.setdefault(currency, {})[vendor] = one
                case _:
                    found.days.setdefault(currency, {})[day] = one
    return found
