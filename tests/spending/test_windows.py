"""Windows of periods: calendars in a named zone, consent windows on its wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.spending.windows import window_of

BERLIN = ZoneInfo("Europe/Berlin")
BEGUN = datetime(2026, 1, 31, 10, 0, tzinfo=BERLIN)
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "America/Santiago", "UTC"]


def calendar(period, *, local):
    return window_of(period=period, alignment="calendar", timezone="Europe/Berlin", begun_at=BEGUN, at=local)


def consent(period, *, local, begun=BEGUN):
    return window_of(period=period, alignment="consent", timezone="Europe/Berlin", begun_at=begun, at=local)


@pytest.mark.parametrize(
    ("local", "hours"),
    [
        (datetime(2026, 3, 29, 12, tzinfo=BERLIN), 23),
        (datetime(2026, 10, 25, 12, tzinfo=BERLIN), 25),
        (datetime(2028, 2, 29, 12, tzinfo=BERLIN), 24),
    ],
)
def test_it_gives_a_day_the_hours_it_has(local, hours):
    window = calendar("day", local=local)
    assert window.key == f"{local:%Y-%m-%d}"
    assert window.ends_at - window.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("instant", "key"),
    [
        ("2026-03-28T22:59:59Z", "2026-03-28"),
        ("2026-03-28T23:00:00Z", "2026-03-29"),
        ("2026-03-29T21:59:59Z", "2026-03-29"),
        ("2026-03-29T22:00:00Z", "2026-03-30"),
        ("2026-10-24T21:59:59Z", "2026-10-24"),
        ("2026-10-24T22:00:00Z", "2026-10-25"),
        ("2026-10-25T22:59:59Z", "2026-10-25"),
        ("2026-10-25T23:00:00Z", "2026-10-26"),
        ("2028-02-28T22:59:59Z", "2028-02-28"),
        ("2028-02-28T23:00:00Z", "2028-02-29"),
        ("2028-02-29T23:00:00Z", "2028-03-01"),
    ],
)
def test_it_changes_the_day_at_midnight_of_the_zone(instant, key):
    assert calendar("day", local=datetime.fromisoformat(instant)).key == key


@pytest.mark.parametrize(
    ("period", "local", "key"),
    [
        ("month", datetime(2026, 11, 30, 23, 59, 59, tzinfo=BERLIN), "2026-11"),
        ("month", datetime(2026, 12, 1, tzinfo=BERLIN), "2026-12"),
        ("week", datetime(2026, 12, 31, 12, tzinfo=BERLIN), "2026-W53"),
        ("week", datetime(2027, 1, 3, 23, tzinfo=BERLIN), "2026-W53"),
        ("week", datetime(2027, 1, 4, tzinfo=BERLIN), "2027-W01"),
        ("year", datetime(2026, 12, 31, 23, 30, tzinfo=BERLIN), "2026"),
    ],
)
def test_it_names_a_window_as_people_write_it(period, local, key):
    assert calendar(period, local=local.astimezone(UTC)).key == key


def test_it_counts_months_of_consent_from_the_day_it_was_given():
    ends = [consent("month", local=BEGUN + timedelta(days=31 * n)).ends_at.astimezone(BERLIN).date() for n in range(3)]
    assert [str(day) for day in ends] == ["2026-02-28", "2026-03-31", "2026-04-30"]


def test_it_counts_years_of_consent_from_a_leap_day():
    begun = datetime(2028, 2, 29, 8, tzinfo=BERLIN)
    window = consent("year", local=datetime(2029, 2, 28, 7, 59, tzinfo=BERLIN), begun=begun)
    assert window.key == "c0"
    assert consent("year", local=datetime(2029, 2, 28, 8, tzinfo=BERLIN), begun=begun).key == "c1"


def test_it_keeps_the_time_of_day_of_a_consent_over_a_change_of_the_clocks():
    begun = datetime(2026, 3, 28, 9, tzinfo=BERLIN)
    window = consent("day", local=datetime(2026, 3, 29, 8, 30, tzinfo=BERLIN), begun=begun)
    assert window.key == "c0"
    assert window.ends_at.astimezone(BERLIN).hour == 9
    assert window.ends_at - window.starts_at == timedelta(hours=23)


@given(
    period=st.sampled_from(["day", "week", "month", "year"]),
    alignment=st.sampled_from(["calendar", "consent"]),
    zone=st.sampled_from(ZONES),
    begun=st.integers(0, 3 * 366 * 86_400).map(
        lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    later=st.integers(0, 5 * 366 * 86_400),
)
def test_it_puts_every_instant_into_exactly_one_window(period, alignment, zone, begun, later):
    at = begun + timedelta(seconds=later)
    same = {"period": period, "alignment": alignment, "timezone": zone, "begun_at": begun}
    window = window_of(**same, at=at)
    assert window.starts_at <= at < window.ends_at
    assert window_of(**same, at=window.starts_at) == window
    assert window_of(**same, at=window.ends_at).starts_at == window.ends_at
    assert window_of(**same, at=window.ends_at).key != window.key
