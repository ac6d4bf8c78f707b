"""The goals, and whether a run's figures meet them."""

from __future__ import annotations

import statistics
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Figures = Mapping[str, Sequence[float]]  # one value a round


@dataclass(frozen=True)
class Goal:
    part: str
    name: str
    numerator: str
    denominator: str | None = None
    floor: float | None = None
    ceiling: float | None = None
    aim: float | None = None
    optional: bool = False

    @property
    def is_free(self) -> bool:
        """Measured to be told, whatever it is."""
        return self.floor is None and self.ceiling is None


@dataclass(frozen=True)
class Outcome:
    """``ratios`` holds one value a round; the middle one counts."""

    goal: Goal
    ratios: list[float]

    @property
    def value(self) -> float | None:
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def is_met(self) -> bool:
        if self.value is None:
            return self.goal.optional
        above = self.goal.floor is None or self.value >= self.goal.floor
        return above and (self.goal.ceiling is None or self.value <= self.goal.ceiling)


def read_goals(part: str) -> list[Goal]:
    rows = tomllib.loads((Path(__file__).parent / "goals.toml").read_text())["goal"]
    return [goal for goal in (Goal(**row) for row in rows) if goal.part == part]


def judge(goal: Goal, figures: Figures) -> Outcome:
    """The ratio of each round, numerator and denominator of the same round."""
    above = figures.get(goal.numerator, [])
    if goal.denominator is None:
        return Outcome(goal, list(above))
    below = figures.get(goal.denominator, [])
    return Outcome(goal, [a / b for a, b in zip(above, below, strict=False) if b])
