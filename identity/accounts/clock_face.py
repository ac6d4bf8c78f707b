"""Whether times are written as 14:30 or as 2:30 PM, for whoever reads what is being worded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from identity.accounts.models import Clock

_FACE: ContextVar[str] = ContextVar("clock_face", default=Clock.TWENTY_FOUR)


def show_clock(clock: str) -> None:
    """From here on, in this request. Whoever chose nothing reads 24 hours."""
    _FACE.set(clock or Clock.TWENTY_FOUR)


def is_twelve_hours() -> bool:
    return _FACE.get() == Clock.TWELVE


@contextmanager
def clock_of(clock: str) -> Iterator[None]:
    """Inside, times are written so; afterwards as before."""
    before = _FACE.set(clock or Clock.TWENTY_FOUR)
    try:
        yield
    finally:
        _FACE.reset(before)
