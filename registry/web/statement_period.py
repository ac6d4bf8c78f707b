"""The period of a statement: whole days of the person's own zone, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from identity.spending.statement import Step

DAYS_DRAWN_MAX = 62
"""Beyond two months a chart has a column a month: more columns than this are not told apart on a phone."""
DAYS_MAX = 1_830
"""Five years: as many columns as a chart of months can hold."""
EARLIEST, LATEST = date(2020, 1, 1), date(2099, 12, 31)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    first: date
    last: date
    zone: tzinfo

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The instant after its end: where the zone changes its clock, the last day may have 23 or 25 hours."""
        return datetime.combine(self.last + _DAY, time.min, self.zone)

    @property
    def step(self) -> Step:
        return Step.DAY if (self.last - self.first).days < DAYS_DRAWN_MAX else Step.MONTH

    @property
    def query(self) -> str:
        return urlencode({"first": self.first.isoformat(), "last": self.last.isoformat()})

    @property
    def month(self) -> str:
        """``2026-11`` when it is exactly that month, else empty."""
        return f"{self.first:%Y-%m}" if self == month_of(self.first, self.zone) else ""

    def steps(self) -> list[date]:
        """The first day of every column."""
        if self.step is Step.DAY:
            return [self.first + _DAY * number for number in range((self.last - self.first).days + 1)]
        months, at = [], self.first.replace(day=1)
        while at <= self.last:
            months.append(at)
            at = _next_month(at)
        return months

    def spans(self) -> list[tuple[date, datetime, datetime]]:
        """Each column's first day, and when what it shows of the period begins and ends."""
        steps = self.steps()
        begins = [self.begins_at, *(datetime.combine(step, time.min, self.zone) for step in steps[1:])]
        return list(zip(steps, begins, [*begins[1:], self.ends_at], strict=True))


def month_of(day: date, zone: tzinfo) -> Period:
    first = day.replace(day=1)
    return Period(first, _next_month(first) - _DAY, zone)


def month_called(text: str, zone: tzinfo) -> Period | None:
    """``2026-11``; None for what is no month, or one that no statement covers."""
    try:
        day = date.fromisoformat(f"{text}-01") if len(text) == len("2026-11") else LATEST + _DAY
    except ValueError:
        return None
    return month_of(day, zone) if EARLIEST <= day <= LATEST else None


def nearby(today: date, zone: tzinfo) -> list[tuple[str, Period]]:
    """The periods one tap away."""
    this = month_of(today, zone)
    return [
        (_("This month"), this),
        (_("Last month"), month_of(this.first - _DAY, zone)),
        (_("90 days"), Period(today - 89 * _DAY, today, zone)),
        (_("This year"), Period(today.replace(month=1, day=1), today, zone)),
    ]


def _next_month(first: date) -> date:
    return (first + 31 * _DAY).replace(day=1)
