"""Quiet hours on any wall: within them there is an end, outside there is none, and the clocks may change meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.notices.quiet import day_start, quiet_end

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]).map(ZoneInfo)
INSTANTS = st.integers(1_704_153_600, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, tz=UTC))
WALLS = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))


def _is_quiet(wall: time, begins: time, ends: time) -> bool:
    return begins <= wall < ends if begins < ends else wall >= begins or wall < ends


@given(at=INSTANTS, begins=WALLS, ends=WALLS, zone=ZONES)
def test_it_is_quiet_when_the_wall_says_so(at: datetime, begins: time, ends: time, zone: ZoneInfo) -> None:
    found = quiet_end(at, begins=begins, ends=ends, zone=zone)
    if begins == ends:
        return
    if found is not None:
        assert at < found <= at + timedelta(hours=25)
        assert quiet_end(found, begins=begins, ends=ends, zone=ZoneInfo("UTC")) is None or zone.key != "UTC"
    if zone.key in ("UTC", "Asia/Kathmandu"):  # clocks that never change
        assert (found is not None) == _is_quiet(at.astimezone(zone).time(), begins, ends)
        assert found is None or found.astimezone(zone).time() == ends


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (datetime(2026, 3, 28, 22, 0, tzinfo=BERLIN), 8),  # an hour is missing that night
        (datetime(2026, 10, 24, 22, 0, tzinfo=BERLIN), 10),  # and there twice
        (datetime(2026, 6, 1, 22, 0, tzinfo=BERLIN), 9),
    ],
)
def test_it_ends_at_seven_on_the_wall_whatever_the_night(evening: datetime, hours: int) -> None:
    found = quiet_end(evening, begins=time(22), ends=time(7), zone=BERLIN)
    assert found is not None
    assert found.astimezone(BERLIN).time() == time(7)
    assert found - evening.astimezone(UTC) == timedelta(hours=hours)


@given(at=INSTANTS, zone=ZONES)
def test_a_day_begins_at_midnight_on_that_wall(at: datetime, zone: ZoneInfo) -> None:
    begins = day_start(at, zone=zone)
    assert begins <= at < begins + timedelta(hours=25)
    assert begins.astimezone(zone).time() == time(0)
