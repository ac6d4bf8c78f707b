"""The reference of sanctions says what the ladder says."""

from __future__ import annotations

import re
from pathlib import Path

from reputation.moderation.ladder import GROUNDS
from reputation.moderation.models import SanctionState
from reputation.moderation.models.sanction import WAS_IN_FORCE

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "sanctions.md").read_text("utf-8")


def test_it_names_every_reason_with_the_gravest_measure_that_it_carries() -> None:
    told = re.findall(r"^\| `(\w+)` \| (terms|law)[^|]*\| (\d) \|$", PAGE, re.MULTILINE)
    assert {(reason, kind, int(level)) for reason, kind, level in told} == {
        (reason.value, ground.kind, int(ground.level_max)) for reason, ground in GROUNDS.items()
    }


def test_it_names_every_state_that_is_published() -> None:
    states = PAGE.partition("## States")[2].partition("##")[0]
    told = set(re.findall(r"^\| `(\w+)` \|", states, re.MULTILINE))
    assert told == {SanctionState(state).value for state in WAS_IN_FORCE}
