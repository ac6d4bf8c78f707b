"""What holds of every score, whatever the evidence: order, bounds, and that nobody gains by splitting or colluding."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from reputation.scoring.clusters import clusters_of
from reputation.scoring.formula import (
    CLUSTER_CAP,
    QUALITY_BY_ASSURANCE,
    VENDOR_CAP,
    Receipt,
    SeverityKind,
    UpheldCase,
    count_receipts,
    score_of,
)

ON = date(2026, 11, 21)
# A vendor has one level and one owner, whatever is bought there.
SHOPS = [(f"agt_{number}", f"owner_{number % 5}", QUALITY_BY_ASSURANCE[number % 4]) for number in range(12)]

days = st.integers(0, 1500)
receipts = st.builds(
    lambda shop, age, count: Receipt(*shop, ON - timedelta(days=age), count),
    st.sampled_from(SHOPS),
    days,
    st.integers(1, 30),
)
cases = st.builds(
    UpheldCase,
    id=st.text("abc", min_size=1, max_size=4),
    severity=st.sampled_from(SeverityKind),
    quality=st.sampled_from(QUALITY_BY_ASSURANCE),
    decided_on=days.map(lambda age: ON - timedelta(days=age)),
    factor=st.sampled_from([0.5, 1.0]),
)
bought = st.lists(receipts, max_size=40)
upheld = st.lists(cases, max_size=8)


@given(bought, upheld, st.integers())
@example([Receipt("agt_1", "owner_1", 0.2, ON, 1), Receipt("agt_1", "owner_1", 0.2, ON, 5)], [], 1)
def test_it_gives_one_score_whatever_the_order(bought: list[Receipt], upheld: list[UpheldCase], seed: int) -> None:
    shuffled, others = list(bought), list(upheld)
    Random(seed).shuffle(shuffled)
    Random(seed).shuffle(others)
    assert score_of(shuffled, others, on=ON) == score_of(bought, upheld, on=ON)


@given(bought, upheld)
def test_it_stays_within_its_scale(bought: list[Receipt], upheld: list[UpheldCase]) -> None:
    score = score_of(bought, upheld, on=ON)
    assert 0 <= score.score <= 1000
    assert score.g >= 0
    assert score.b >= 0
    assert score.n == 2 + score.g + score.b


@given(bought, upheld, receipts)
def test_it_never_falls_by_one_more_receipt(bought: list[Receipt], upheld: list[UpheldCase], more: Receipt) -> None:
    before, after = score_of(bought, upheld, on=ON), score_of([*bought, more], upheld, on=ON)
    assert after.g >= before.g - 1e-9
    assert after.score >= before.score


@given(bought, upheld, cases)
def test_it_never_rises_by_one_more_case(bought: list[Receipt], upheld: list[UpheldCase], more: UpheldCase) -> None:
    assert score_of(bought, [*upheld, more], on=ON).score <= score_of(bought, upheld, on=ON).score


@given(bought, upheld, upheld)
def test_it_is_exactly_what_it_was_when_cases_are_taken_back(
    bought: list[Receipt], upheld: list[UpheldCase], overturned: list[UpheldCase]
) -> None:
    before = score_of(bought, upheld, on=ON)
    with_all = [*upheld, *overturned]
    assert score_of(bought, [one for one in with_all if one not in overturned or one in upheld], on=ON).g == before.g
    assert score_of(bought, with_all[: len(upheld)], on=ON) == before


@given(bought, upheld, st.integers(2, 5))
def test_it_gains_nothing_by_splitting_a_day_into_parts(
    bought: list[Receipt], upheld: list[UpheldCase], parts: int
) -> None:
    """One row of three receipts or three rows of one: the same, so that how evidence is grouped changes nothing."""
    whole = [Receipt(one.vendor, one.cluster, one.quality, one.settled_on, one.count * parts) for one in bought]
    split = [one for one in bought for _ in range(parts)]
    assert abs(score_of(whole, upheld, on=ON).g - score_of(split, upheld, on=ON).g) < 1e-9


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10**6), days), min_size=1, max_size=60),
    st.sampled_from(QUALITY_BY_ASSURANCE),
    bought,
)
def test_it_bounds_what_collusion_of_any_size_can_bring(
    sham: list[tuple[int, int, int]], quality: float, honest: list[Receipt]
) -> None:
    """Any number of shops of one owner, any number of purchases: never more than ten full ones of their quality."""
    shams = [Receipt(f"sham_{shop}", "mallory", quality, ON - timedelta(days=age), count) for shop, count, age in sham]
    gained = score_of([*honest, *shams], [], on=ON).g - score_of(honest, [], on=ON).g
    assert gained <= CLUSTER_CAP * quality + 1e-9


@given(bought)
def test_it_never_counts_more_than_a_receipt_weighs_or_its_caps_allow(bought: list[Receipt]) -> None:
    counted = count_receipts(bought, on=ON)
    assert all(0 <= one.counted <= one.weight + 1e-9 for one in counted)
    for vendor, owner, quality in SHOPS:
        assert sum(one.counted for one in counted if one.receipt.vendor == vendor) <= VENDOR_CAP * quality + 1e-9
        best = max(q for _, each, q in SHOPS if each == owner)
        assert sum(one.counted for one in counted if one.receipt.cluster == owner) <= CLUSTER_CAP * best + 1e-9


@given(bought, upheld, st.integers(0, 2000))
def test_it_lets_evidence_for_and_against_fade_and_never_grow(
    bought: list[Receipt], upheld: list[UpheldCase], later: int
) -> None:
    now, then = score_of(bought, upheld, on=ON), score_of(bought, upheld, on=ON + timedelta(days=later))
    assert then.g <= now.g + 1e-9
    assert then.b <= now.b + 1e-9


@given(st.dictionaries(st.integers(0, 15).map(str), st.frozensets(st.integers(0, 12).map(str), max_size=3)))
def test_it_finds_the_same_owners_as_walking_every_tie_does(ties: dict[str, frozenset[str]]) -> None:
    clusters = clusters_of(ties)
    for vendor in ties:
        reached, frontier = {vendor}, [vendor]
        while frontier:
            here = frontier.pop()
            near = {other for other in ties if other not in reached and ties[other] & ties[here]}
            reached |= near
            frontier += near
        assert {other for other in ties if clusters[other] == clusters[vendor]} == reached
        assert clusters[vendor] == min(reached)
