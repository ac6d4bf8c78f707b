"""The reference page says what the formula does: its constants, bands, weights and version."""

from __future__ import annotations

from pathlib import Path

import pytest

from reputation.scoring.formula import (
    CASE_HALF_LIFE_DAYS,
    CLUSTER_CAP,
    FORMULA,
    QUALITY_BY_ASSURANCE,
    RECEIPT_HALF_LIFE_DAYS,
    SEVERITY,
    VENDOR_CAP,
    Band,
    Z,
)

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "reputation.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]


def test_it_names_the_version_and_the_constants() -> None:
    assert f"`{FORMULA}`" in PAGE
    for constant in (f"{RECEIPT_HALF_LIFE_DAYS} days", f"{CASE_HALF_LIFE_DAYS} days", f"z = {Z}"):
        assert constant in PAGE
    assert f"{VENDOR_CAP:g}·q" in PAGE
    assert f"{CLUSTER_CAP:g}·q" in PAGE


@pytest.mark.parametrize("band", Band)
def test_it_has_a_line_for_each_band(band: Band) -> None:
    assert [row for row in ROWS if row[0] == f"`{band}`"]


@pytest.mark.parametrize("kind", SEVERITY)
def test_it_has_the_weight_of_each_severity(kind: str) -> None:
    assert [row for row in ROWS if row[0].startswith(f"`{kind}`") and row[-1] == f"{SEVERITY[kind]:g}"]


@pytest.mark.parametrize("level", range(4))
def test_it_has_the_quality_of_each_level(level: int) -> None:
    quality = QUALITY_BY_ASSURANCE[level]
    assert [row for row in ROWS if row[0].startswith(f"{level},") and float(row[1]) == quality]
