"""The published formula against its published figures (spec/accountability.md, "Reputation formula")."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reputation.scoring.formula import (
    FORMULA,
    Band,
    Receipt,
    Score,
    SeverityKind,
    UpheldCase,
    band_of,
    count_receipts,
    lower_bound,
    score_of,
    vendor_quality,
)

ON = date(2026, 11, 21)


def receipts(vendor: str, count: int = 1, *, days: int = 0, q: float = 1.0, cluster: str = "") -> Receipt:
    return Receipt(vendor, cluster or vendor, q, ON - timedelta(days=days), count)


def case(kind: SeverityKind, *, days: int = 0, q: float = 1.0, number: int = 1, factor: float = 1.0) -> UpheldCase:
    return UpheldCase(f"cev_{number}", kind, q, ON - timedelta(days=days), factor)


def many(vendors: int, each: int, *, days: int = 0, q: float = 1.0) -> list[Receipt]:
    return [receipts(f"agt_{number}", each, days=days, q=q) for number in range(vendors)]


HONEST = many(12, 10)  # 120 receipts at 12 vendors, all of today: G = 60, the caps


def test_it_gives_the_worked_example_486() -> None:
    bought = [receipts("A", 9, days=14), receipts("B", 4, days=45, q=0.6)]
    score = score_of(bought, [case(SeverityKind.DISPUTE, days=90, q=0.6)], on=ON)
    assert (round(score.g, 3), round(score.b, 3), round(score.n, 3)) == (6.697, 1.697, 10.394)
    assert (score.score, score.band) == (486, Band.BELOW_FAIR)


def test_it_gives_a_new_agent_121_and_calls_it_unproven() -> None:
    assert score_of([], [], on=ON) == Score(121, Band.UNPROVEN, 0, 0, 2, 0, 0, 0, ())


def test_it_calls_eight_receipts_at_four_strong_vendors_unproven() -> None:
    score = score_of(many(4, 2, days=7), [], on=ON)
    assert round(score.g, 1) == 7.6
    assert (score.score, score.band) == (641, Band.UNPROVEN)


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ([], 931),
        ([case(SeverityKind.DISPUTE, days=30)], 860),
        ([case(SeverityKind.DISPUTE, days=5, q=0.2, number=number) for number in range(5)], 854),
        ([case(SeverityKind.DISPUTE, days=5, number=number) for number in range(4)], 700),
        ([case(SeverityKind.FRAUD, days=5)], 710),
    ],
    ids=["clean", "one dispute 30 days ago", "five smears", "four disputes last week", "one fraud"],
)
def test_it_gives_the_simulated_cases_their_scores(cases: list[UpheldCase], expected: int) -> None:
    score = score_of(HONEST, cases, on=ON)
    assert score.g == 60
    assert score.score == pytest.approx(expected, abs=1)  # the table's B is rounded to a tenth


def test_it_lets_an_idle_agent_fade() -> None:
    busy = [receipts(f"agt_{number}", 1, days=318) for number in range(60)]
    score = score_of(busy, [case(SeverityKind.DISPUTE, days=27)], on=ON)
    assert (round(score.g, 1), round(score.b, 1)) == (5.2, 3.6)
    assert score.score == pytest.approx(337, abs=1)


@pytest.mark.parametrize(
    ("g", "b", "expected"),
    [
        (0, 0, 121),
        (7.6, 0, 641),
        (60, 0, 931),
        (60, 3.6, 860),
        (60, 3.9, 855),
        (60, 15.7, 700),
        (60, 14.7, 710),
        (5.2, 3.6, 337),
        (2, 0, 356),
    ],
)
def test_it_agrees_with_every_line_of_the_published_table(g: float, b: float, expected: int) -> None:
    n = 2 + g + b
    assert 1000 * lower_bound((1 + g) / n, n) == pytest.approx(expected, abs=1.5)  # G and B are rounded there


@pytest.mark.parametrize("shops", [2, 50])
def test_it_gives_1000_receipts_at_colluding_new_vendors_356_and_unproven(shops: int) -> None:
    sham = [receipts(f"agt_{number}", 1000 // shops, q=0.2, cluster="one") for number in range(shops)]
    score = score_of(sham, [], on=ON)
    assert (score.g, score.score, score.band, score.clusters) == (2.0, 356, Band.UNPROVEN, 1)


def test_it_puts_collusion_below_an_honest_agent_with_a_dispute() -> None:
    """A first version weighted by amount and capped before the quality: it gave collusion 779, honesty 757."""
    sham = [receipts(f"agt_{number}", 1000, q=0.2, cluster="one") for number in range(50)]
    honest = score_of(HONEST, [case(SeverityKind.DISPUTE)], on=ON)
    assert score_of(sham, [], on=ON).score < honest.score - 300


def test_it_counts_the_newest_receipts_first() -> None:
    counted = count_receipts([receipts("A", 3, days=200), receipts("A", 5), receipts("A", 1, days=1)], on=ON)
    assert [(one.receipt.count, one.counted) for one in counted] == [(5, 5.0), (1, 0.0), (3, 0.0)]


def test_it_says_how_many_items_have_a_weight() -> None:
    score = score_of([receipts("A", 9), receipts("A", 3, days=90)], [case(SeverityKind.DISPUTE)], on=ON)
    assert score.sample_size == 9 + 1  # the newest nine fill the vendor's cap
    assert score_of([receipts("A", 3, q=0.0)], [case(SeverityKind.DISPUTE, q=0.0)], on=ON).sample_size == 0


def test_it_does_not_lend_the_cap_of_a_verified_shop_to_unverified_ones_of_its_owner() -> None:
    shams = [receipts(f"agt_{number}", 50, q=0.2, cluster="one") for number in range(49)]
    score = score_of([receipts("real", 50, q=1.0, cluster="one"), *shams], [], on=ON)
    assert score.g == 2.0 + 5.0


def test_it_names_the_five_largest_contributions() -> None:
    score = score_of(many(6, 2, days=3), [case(SeverityKind.FRAUD)], on=ON)
    assert [line.kind for line in score.largest] == ["case", *["receipts"] * 4]
    assert score.largest[0].weight == 15.0
    assert score.formula == FORMULA == "attorn-score-1"


def test_it_counts_what_is_inherited_by_half() -> None:
    assert score_of([], [case(SeverityKind.FRAUD, factor=0.5)], on=ON).b == 7.5


def test_it_does_not_see_what_is_dated_later() -> None:
    later = score_of([receipts("A", 5, days=-1)], [case(SeverityKind.FRAUD, days=-1)], on=ON)
    assert later == score_of([], [], on=ON)


@pytest.mark.parametrize(
    ("score", "n", "vendors", "band"),
    [
        (999, 9.99, 20, Band.UNPROVEN),
        (499, 10.0, 20, Band.BELOW_FAIR),
        (500, 10.0, 20, Band.FAIR),
        (699, 10.0, 20, Band.FAIR),
        (700, 10.0, 20, Band.GOOD),
        (849, 10.0, 20, Band.GOOD),
        (850, 10.0, 7, Band.GOOD),
        (850, 10.0, 8, Band.STRONG),
    ],
)
def test_it_draws_the_bands_where_they_are_published(score: int, n: float, vendors: int, band: Band) -> None:
    assert band_of(score, n=n, vendors=vendors) is band


def test_it_weighs_vendors_by_what_was_verified_of_them() -> None:
    assert [vendor_quality(level) for level in range(4)] == [0.0, 0.2, 0.6, 1.0]
    assert vendor_quality(3, is_under_review=True) == 0.5
