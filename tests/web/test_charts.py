"""Charts: what is drawn stands to scale, is named, and is never the only place of a number."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.web.charts import HEIGHT, WIDTH, Series, bar, ceiling_of, columns
from tests.web.pages import inline_code

QUARTERS = ("Q1 2026", "Q2 2026")


def _rectangles(svg: str) -> list[dict[str, float]]:
    found = ElementTree.fromstring(svg).iter("rect")
    return [{name: float(each.get(name, 0)) for name in ("x", "y", "width", "height")} for each in found]


def test_it_draws_columns_to_scale() -> None:
    svg = columns(title="Reports", groups=QUARTERS, series=[Series("Reports", [10, 20])])
    low, high = _rectangles(svg)
    assert high["height"] == pytest.approx(2 * low["height"], abs=0.2)
    assert low["y"] + low["height"] == high["y"] + high["height"], "they stand on one line"


def test_it_leaves_out_what_was_not_counted() -> None:
    svg = columns(title="Days", groups=QUARTERS, series=[Series("Median", [None, 3]), Series("Longest", [0, 9])])
    assert len(_rectangles(svg)) == 2


def test_it_names_the_picture_and_every_group() -> None:
    svg = columns(title="Reports <by> quarter", groups=QUARTERS, series=[Series("Reports", [1, 2])])
    assert 'role="img" aria-label="Reports &lt;by&gt; quarter"' in svg
    assert all(f">{quarter}<" in svg for quarter in QUARTERS)


def test_it_needs_nothing_that_the_content_security_policy_refuses() -> None:
    svg = columns(title="Reports", groups=QUARTERS, series=[Series("Reports", [1, 2])])
    assert inline_code(svg + bar(share=0.5)) == []


@pytest.mark.parametrize("values", [[1], [1, 2, 3]])
def test_it_refuses_series_that_do_not_fit(values: list[float]) -> None:
    with pytest.raises(ValueError, match="needs a value for each of the 2 groups"):
        columns(title="Reports", groups=QUARTERS, series=[Series("Reports", values)])


def test_it_refuses_more_series_than_there_are_tones() -> None:
    with pytest.raises(ValueError, match="Each of 1 to 3 series"):
        columns(title="Reports", groups=QUARTERS, series=[Series("Reports", [1, 2])] * 4)


@given(values=st.lists(st.integers(0, 10_000_000), min_size=1, max_size=8))
def test_it_keeps_every_column_inside_the_picture(values: list[int]) -> None:
    svg = columns(title="Reports", groups=[str(value) for value in values], series=[Series("Reports", values)])
    for each in _rectangles(svg):
        assert each["x"] >= 0
        assert each["y"] >= 0
        assert each["x"] + each["width"] <= WIDTH
        assert each["y"] + each["height"] <= HEIGHT


@given(value=st.integers(0, 10**9))
def test_it_ends_the_scale_at_or_above_the_largest_and_at_a_quarter_of_whole_numbers(value: int) -> None:
    top = ceiling_of(value)
    assert top >= value
    assert top % 4 == 0


@given(share=st.floats(-2, 2))
def test_it_fills_a_bar_between_empty_and_full(share: float) -> None:
    filled = re.findall(r'class="chart-1" width="([\d.]+)"', bar(share=share))
    assert 0 <= float(filled[0]) <= 100
