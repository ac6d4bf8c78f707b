"""Where the time of a sweep goes: fetch, decode, read, check, write."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Span:
    """Seconds spent inside ``with span:``, added up."""

    seconds: float = 0.0
    _began: float = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began


@dataclass(frozen=True, slots=True)
class Spent:
    """The spans of one worker's share."""

    fetch: Span = field(default_factory=Span)
    decode: Span = field(default_factory=Span)
    read: Span = field(default_factory=Span)
    check: Span = field(default_factory=Span)
    write: Span = field(default_factory=Span)

    def as_seconds(self) -> dict[str, float]:
        return {name: getattr(self, name).seconds for name in ("fetch", "decode", "read", "check", "write")}
