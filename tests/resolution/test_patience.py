"""A connection that nobody uses is closed, but never one that waits for our answer."""

from __future__ import annotations

from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from registry.resolution.patience import PatientProtocol
from registry.resolution.protocol import ResolverProtocol


def is_closed_by_sweep(kind: type[PatientProtocol], *, silent_for: float, **known: Any) -> bool:
    made: Any = object.__new__(kind)
    closed: list[bool] = []
    made.last_seen = monotonic() - silent_for
    made.transport = SimpleNamespace(close=lambda: closed.append(True))
    made.cycle = None
    for name, value in known.items():
        setattr(made, name, value)
    made.close_if_idle(seconds=75)
    return bool(closed)


BUSY = SimpleNamespace(response_complete=False)
DONE = SimpleNamespace(response_complete=True)


@pytest.mark.parametrize(
    ("silent_for", "cycle", "is_closed"),
    [(80, None, True), (80, DONE, True), (80, BUSY, False), (70, None, False), (70, DONE, False)],
)
def test_it_closes_whoever_is_silent_and_waits_for_nothing(silent_for: float, cycle: Any, is_closed: bool) -> None:
    assert is_closed_by_sweep(PatientProtocol, silent_for=silent_for, cycle=cycle) is is_closed


@pytest.mark.parametrize("is_looking_up", [True, False])
def test_it_keeps_one_whose_answer_is_being_looked_up(is_looking_up: bool) -> None:
    assert is_closed_by_sweep(ResolverProtocol, silent_for=80, _is_looking_up=is_looking_up) is not is_looking_up
