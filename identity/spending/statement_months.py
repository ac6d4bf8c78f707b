"""How a period is taken apart so that whole months of it can be read summed up.

A month begins at another instant in each zone, but its middle is the same month everywhere: from noon of its first day
until 10 hours into its last one (UTC), because local time is at most 12 hours behind and 14 ahead. Only middles are
summed up. What lies around them, about a day a month, is read purchase by purchase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

BEHIND_MAX = timedelta(hours=12)
AHEAD_MAX = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a period within one column of its chart, ``step`` by its place. ``month`` is the first day of the month
    whose middle it is, None for what is no such middle."""

    step: int
    begins_at: datetime
    ends_at: datetime
    month: date | None = None


def middle_of(month: date) -> tuple[datetime, datetime]:
    """When the middle of the month that begins on ``month`` begins and ends."""
    following = (month + timedelta(days=31)).replace(day=1)
    return (
        datetime.combine(month, time.min, UTC) + BEHIND_MAX,
        datetime.combine(following, time.min, UTC) - AHEAD_MAX,
    )


def stretches(begins_at: datetime, ends_at: datetime, *, steps: Sequence[date], zone: tzinfo) -> list[Stretch]:
    """All of the period, in order and without a gap. ``steps`` are the first days of the columns, in order and in
    ``zone``; the first is not after ``begins_at``."""
    bounds = [datetime.combine(day, time.min, zone) for day in steps]
    bounds[0] = begins_at
    found: list[Stretch] = []
    for place, (day, begin, end) in enumerate(zip(steps, bounds, [*bounds[1:], ends_at], strict=True)):
        found += _within(place, day.replace(day=1), begin, min(end, ends_at))
    return [each for each in found if each.begins_at < each.ends_at]


def _within(step: int, month: date, begin: datetime, end: datetime) -> Iterator[Stretch]:
    middle_begins, middle_ends = middle_of(month)
    if begin <= middle_begins and middle_ends <= end:
        yield Stretch(step, begin, middle_begins)
        yield Stretch(step, middle_begins, middle_ends, month)
        yield Stretch(step, middle_ends, end)
    else:
        yield Stretch(step, begin, end)
