"""How much work and memory an attack may cost before it is turned away: counted, so that a slow machine, a collection
of garbage or another thread of the test process changes nothing."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def bounded(*, calls: int, mebibytes: int | None = None) -> Iterator[None]:
    """Fail as soon as what is inside has made more than ``calls`` calls of functions in this thread (Python's and C's
    alike), and when it took more memory of Python's at its peak.

    What a single function of C takes for ever over, a regular expression for one, is ended by the limit of each test.
    """
    made = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal made
        if event in ("call", "c_call"):
            made += 1
            if made > calls:
                raise AssertionError(f"more than {calls} calls")

    if mebibytes is not None:
        tracemalloc.start()
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
        peak = 0
        if mebibytes is not None:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert made <= calls, f"{made} calls"
    assert peak < (mebibytes or 1) * 1024 * 1024, f"took {peak / 1024 / 1024:.1f} MiB"
