"""Within how much time and memory an attack must be turned away."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def bounded(*, seconds: float, mebibytes: int) -> Iterator[None]:
    """Fail when what is inside takes more processor time, or more memory of Python's at its peak.

    Counting memory slows Python several times over, and is counted as time too.
    """
    tracemalloc.start()
    began = time.process_time()
    try:
        yield
        spent = time.process_time() - began
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert spent < seconds, f"took {spent:.2f} s of processor time"
    assert peak < mebibytes * 1024 * 1024, f"took {peak / 1024 / 1024:.1f} MiB"
