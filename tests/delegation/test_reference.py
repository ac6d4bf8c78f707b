"""The reference page names what there is: constraints with their parameters, codes, states, steps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from identity.delegation.chain import Step
from identity.delegation.constraints import KINDS
from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.models import Allocation, DelegationStatus, OnRevocation
from identity.delegation.standing import EffectiveStatus
from tests.delegation.test_constraints import EXAMPLES

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "delegations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_it_names_every_kind_with_its_parameters(kind: str) -> None:
    row = re.search(rf"^\| `{kind}` \|.*", TEXT, re.MULTILINE)
    assert row is not None
    shared = {"currency", "exponent"}
    assert {name for name in EXAMPLES[kind] if name not in shared and f"`{name}`" not in row[0]} == set()


@pytest.mark.parametrize("code", DECLINE_CODES)
def test_it_tells_every_code_as_it_is(code: str) -> None:
    told = DECLINE_CODES[code]
    lift, retry = ("yes" if flag else "" for flag in (told.is_liftable, told.is_retryable))
    assert f"| `{code}` | `{told.public}` | {lift} | {retry} | {told.sentence} |" in TEXT


@pytest.mark.parametrize("word", [*DelegationStatus, *EffectiveStatus, *Allocation, *OnRevocation])
def test_it_names_every_state_and_choice(word: str) -> None:
    assert f"`{word}`" in TEXT


def test_it_names_every_step() -> None:
    assert all(f"\n| {step.value} |" in TEXT for step in Step)
