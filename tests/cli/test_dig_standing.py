"""What ``attorn resolve`` prints of measures and of reputation; an answer may be a stranger's and of any shape."""

from __future__ import annotations

from typing import Any

import pytest

from registry.cli.dig import Circumstances, dig_lines

HOW = Circumstances(server="registry.example", elapsed_ms=1, size_bytes=1, verification="Signature: good")
MEASURE = {
    "id": "snc_1",
    "level": 3,
    "measure": "suspension",
    "reason": "confirmed_fraud",
    "since": "2026-11-21T10:00:00Z",
    "until": None,
    "appeal": "open",
}


def lines(standing: Any, reputation: Any = None) -> list[str]:
    return dig_lines({"standing": standing, "reputation": reputation or {}}, HOW)


def test_it_prints_a_measure_a_line() -> None:
    said = lines({"status": "suspended", "sanctions": {"state": "known", "items": [MEASURE, MEASURE]}})
    measures = [line for line in said if line.startswith(";; MEASURE")]
    assert len(measures) == 2
    expected = "suspension snc_1, confirmed_fraud, since 2026-11-21T10:00:00Z, until lifted, appeal open"
    assert measures[0].endswith(expected)


@pytest.mark.parametrize(
    ("reputation", "said"),
    [
        ({"band": "good", "score": 712, "sample_size": 40}, "good, 712 of 1000 (sample of 40)"),
        ({"band": "under_review", "score": None, "sample_size": 40}, "under_review (sample of 40)"),
    ],
)
def test_it_prints_the_score_where_it_is_shown(reputation: dict[str, Any], said: str) -> None:
    assert f";; REPUTATION: {said}" in lines({"status": "active"}, reputation)


@pytest.mark.parametrize("sanctions", [None, 5, [], {"items": None}, {"items": {"a": 1}}, {"items": ["x", None, 7]}])
def test_it_does_not_stumble_over_measures_of_another_shape(sanctions: Any) -> None:
    said = lines({"status": "active", "sanctions": sanctions})
    assert not [line for line in said if line.startswith(";; MEASURE")]


def test_it_lets_no_measure_write_to_the_terminal() -> None:
    hostile = {**MEASURE, "reason": "\x1b[2Jgone\n;; STANDING: active", "appeal": {"a": "\x07"}}
    said = lines({"status": "suspended", "sanctions": {"items": [hostile]}})
    assert not any(character in "".join(said) for character in "\x1b\x07\n")
