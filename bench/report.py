"""The table of a run, and its JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from bench.goals import Outcome

DOCS = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
HEADER = "| measured | ratio (rounds) | must be | |\n|---|---|---|---|"


def table(outcomes: list[Outcome]) -> str:
    """Markdown, one row a goal."""
    return "\n".join([HEADER, *(_row(outcome) for outcome in outcomes)])


def _row(outcome: Outcome) -> str:
    goal = outcome.goal
    if outcome.value is None:
        return f"| {goal.name} | not measured | {_bound(outcome)} | {'left out' if goal.optional else '**missing**'} |"
    spread = f" ({', '.join(f'{ratio:.2f}' for ratio in outcome.ratios)})" if len(outcome.ratios) > 1 else ""
    verdict = "reported" if goal.is_free else "met" if outcome.is_met else "**missed**"
    return f"| {goal.name} | **{outcome.value:,.2f}**{spread} | {_bound(outcome)} | {verdict} |"


def _bound(outcome: Outcome) -> str:
    goal = outcome.goal
    if goal.is_free:
        return ""
    return f">= {goal.floor:g}" if goal.floor is not None else f"<= {goal.ceiling:g}"


def write_json(
    path: Path,
    *,
    machine: dict[str, object],
    figures: dict[str, list[float]],
    runs: list[dict[str, object]],
    outcomes: list[Outcome],
) -> None:
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "goals": [
            {"name": one.goal.name, "value": one.value, "ratios": one.ratios, "met": one.is_met} for one in outcomes
        ],
        "figures": figures,
        "runs": runs,
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def write_docs(rows: str, machine: dict[str, object]) -> None:
    """Replace the figures of docs/performance.md."""
    words = ", ".join(f"{name} {value}" for name, value in machine.items())
    text = DOCS.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCS.write_text(
        f"{before}{BEGIN}\n{datetime.now(UTC):%Y-%m-%d}; {words}.\n\n{rows}\n{END}{after}", encoding="utf-8"
    )
