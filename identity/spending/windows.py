"""Which window of a period an instant falls into. Pure: no clock, no database.

A calendar window is a day, an ISO week, a month or a year of a named zone; its key is how people write it
(``2026-11``). A consent window is counted from when the delegation began, on that zone's wall clock: a month from
31 January ends on 28 February and the next on 31 March. The attribution of a spend is fixed when it is authorized.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ROLLING_KEY = "rolling"
LIFETIME_KEY = "life"
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Window:
    """``starts_at`` belongs to the window, ``ends_at`` to the next."""

    key: str
    starts_at: datetime
    ends_at: datetime


def window_of(*, period: str, alignment: str, timezone: str, begun_at: datetime, at: datetime) -> Window:
    """The window of ``period`` (day, week, month, year) that ``at`` falls into. ``begun_at`` anchors consent windows;
    before it there is only the first."""
    zone = ZoneInfo(timezone)
    if alignment == "consent":
        return _consent_window(period, zone, begun_at, at)
    return _calendar_window(period, zone, at)


def _calendar_window(period: str, zone: ZoneInfo, at: datetime) -> Window:
    local = at.astimezone(zone)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if period == "day":
        start, key = day, f"{day:%Y-%m-%d}"
    elif period == "week":
        start = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        key = f"{year:04d}-W{week:02d}"
    elif period == "month":
        start, key = day.replace(day=1), f"{day:%Y-%m}"
    else:
        start, key = day.replace(month=1, day=1), f"{day:%Y}"
    return Window(key, _instant(start), _instant(_later(start, period, 1)))


def _consent_window(period: str, zone: ZoneInfo, begun_at: datetime, at: datetime) -> Window:
    begun = begun_at.astimezone(zone)
    number = max(0, _estimate(period, begun, at.astimezone(zone)))
    while number > 0 and _instant(_later(begun, period, number)) > at:
        number -= 1
    while _instant(_later(begun, period, number + 1)) <= at:
        number += 1
    start, end = (_instant(_later(begun, period, count)) for count in (number, number + 1))
    return Window(f"c{number}", start, end)


def _estimate(period: str, begun: datetime, local: datetime) -> int:
    """Near the right number; off by one at most around the time of day."""
    if period in _DAYS:
        return (local.date() - begun.date()).days // _DAYS[period]
    months = (local.year - begun.year) * 12 + local.month - begun.month
    return months // _MONTHS[period]


def _later(start: datetime, period: str, count: int) -> datetime:
    """``count`` periods later on the wall clock. The day of a month that is too short is its last."""
    if period in _DAYS:
        return start + timedelta(days=_DAYS[period] * count)
    months = start.month - 1 + _MONTHS[period] * count
    year, month = start.year + months // 12, months % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))


def _instant(local: datetime) -> datetime:
    """In UTC. A wall-clock time that a change of the clocks skips is the instant of the change, as in PEP 495."""
    return local.replace(fold=0).astimezone(UTC)
