"""Where the time of a sweep goes: fetch, decode, read, check, write."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Span:
    """Seconds spent inside ``with span:``, added up; by the wall clock unless told otherwise."""

    seconds: float = 0.0
    clock: Callable[[], float] = time.perf_counter
    _began: float = 0.0

    def __enter__(self) -> None:
        self._began = self.clock()

    def __exit__(self, *_: object) -> None:
        self.seconds += self.clock() - self._began


@dataclass(frozen=True, slots=True)
class Spent:
    """The spans of one worker's share. The check waits for nobody: its span is the processor's time."""

    fetch: Span = field(default_factory=Span)
    decode: Span = field(default_factory=Span)
    read: Span = field(default_factory=Span)
    check: Span = field(default_factory=lambda: Span(clock=time.thread_time))
    write: Span = field(default_factory=Span)

    def as_seconds(self) -> dict[str, float]:
        return {name: getattr(self, name).seconds for name in ("fetch", "decode", "read", "check", "write")}
