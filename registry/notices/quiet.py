"""Quiet hours, by the clock on somebody's wall. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_end(at: datetime, *, begins: time, ends: time, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that ``at`` falls into are over; None when it falls into none. They may pass midnight, and
    the night the clocks change is as long as the wall says."""
    here = at.astimezone(zone)
    for day in (here.date() - timedelta(days=1), here.date()):
        starts_at = _instant(day, begins, zone)
        ends_at = _instant(day if begins < ends else day + timedelta(days=1), ends, zone)
        if starts_at <= at < ends_at:
            return ends_at
    return None


def day_start(at: datetime, *, zone: ZoneInfo) -> datetime:
    """The last midnight on that wall."""
    return _instant(at.astimezone(zone).date(), time(0), zone)


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).astimezone(ZoneInfo("UTC"))
