"""The rules of alerts, for any figures and any clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from identity.spending.usage import Usage
from registry.notices.alert_rules import (
    CAPS,
    DECLINES_MIN,
    DECLINES_QUIET,
    DECLINES_WITHIN,
    cap_key,
    declines_key,
    firsts,
    is_burst,
    is_near,
    percent_used,
    turn_of,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 10_000_000).map(lambda seconds: START + timedelta(seconds=seconds))
AMOUNTS = st.integers(0, 10**15)


def usage(cap: int, used: int, *, kind: str = "total", window: str = "life") -> Usage:
    return Usage("c1", kind, "EUR", window, cap, used, 0, used, 0, 0)


@given(cap=AMOUNTS, used=AMOUNTS, kind=st.sampled_from([*CAPS, "velocity"]))
def test_it_is_near_from_four_fifths_on_to_the_cent(cap: int, used: int, kind: str) -> None:
    expected = kind != "velocity" and cap > 0 and 5 * used >= 4 * cap
    assert is_near(usage(cap, used, kind=kind)) is expected


@given(cap=st.integers(1, 10**12), used=AMOUNTS, more=AMOUNTS)
def test_it_stays_near_as_more_is_used(cap: int, used: int, more: int) -> None:
    assert is_near(usage(cap, used + more)) or not is_near(usage(cap, used))
    assert percent_used(usage(cap, used)) <= percent_used(usage(cap, used + more))


@given(cap=st.integers(1, 10**12), used=AMOUNTS)
def test_a_hundred_per_cent_means_that_nothing_is_left(cap: int, used: int) -> None:
    assert (percent_used(usage(cap, used)) >= 100) is (usage(cap, used).remaining == 0)


@given(at=st.lists(MOMENTS, min_size=2, max_size=20))
def test_a_calendar_window_is_told_once_and_one_that_moves_once_in_its_length(at: list[datetime]) -> None:
    month = usage(100, 90, kind="per_period", window="2026-11")
    assert len({cap_key("dlg_1", month, seconds=0, at=each) for each in at}) == 1
    rolling = usage(100, 90, kind="rolling", window="rolling")
    week = timedelta(days=7)
    for before, after in pairwise(sorted(at)):
        same = cap_key("dlg_1", rolling, seconds=604_800, at=before) == cap_key(
            "dlg_1", rolling, seconds=604_800, at=after
        )
        assert not same or after - before < week


@given(seconds=st.lists(st.integers(-3_600, 3_600), max_size=30))
def test_a_burst_is_five_within_ten_minutes(seconds: list[int]) -> None:
    refused = [START + timedelta(seconds=each) for each in seconds]
    counted = [each for each in refused if START - DECLINES_WITHIN < each <= START]
    assert is_burst(refused, at=START) is (len(counted) >= DECLINES_MIN)


@given(before=MOMENTS, apart=st.integers(0, 10_000))
def test_the_same_agent_is_told_of_at_most_once_an_hour(before: datetime, apart: int) -> None:
    after = before + timedelta(seconds=apart)
    if declines_key("dlg_1", at=before) == declines_key("dlg_1", at=after):
        assert after - before < DECLINES_QUIET


@given(at=MOMENTS, length=st.integers(1, 10_000_000))
def test_turns_follow_each_other_without_a_gap(at: datetime, length: int) -> None:
    stretch = timedelta(seconds=length)
    assert turn_of(at + stretch, stretch) == turn_of(at, stretch) + 1


@given(
    bought=st.lists(
        st.tuples(
            st.integers(0, 99).map("aut_{:02}".format),
            st.sampled_from(["org_1", "org_2"]),
            st.sampled_from(["agt_1", "agt_2"]),
            st.sampled_from(["agt_8", "agt_9"]),
        ),
        unique_by=lambda one: one[0],
    )
)
def test_the_first_purchase_is_the_same_in_whatever_order_they_are_read(
    bought: list[tuple[str, str, str, str]],
) -> None:
    assert firsts(bought) == firsts(bought[::-1]) == firsts(sorted(bought))
    for key, purchase in firsts(bought).items():
        assert purchase == min(pk for pk, *parties in bought if tuple(parties) == key)
