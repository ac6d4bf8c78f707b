"""Limits on how often: in all, within a window, and how far apart. The ledger counts; here they are data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from identity.delegation.constraints.base import COUNT_MAX, Constraint, Members
from identity.delegation.constraints.durations import duration_in_words, read_duration, spell_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Constraint):
    """At most ``maximum`` authorizations over the life of the delegation."""

    kind: ClassVar[str] = "count"
    is_counted: ClassVar[bool] = True
    maximum: int

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls(id=members.id, maximum=members.number("max", lowest=0, highest=COUNT_MAX))

    def parameters(self) -> dict[str, Any]:
        return {"max": self.maximum}

    def _is_within(self, parent: Self) -> bool:
        return self.maximum <= parent.maximum

    def sentence(self) -> str:
        return f"at most {_times(self.maximum)} in total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Velocity(Constraint):
    """At most ``maximum`` authorizations in any window of ``window_seconds``."""

    kind: ClassVar[str] = "velocity"
    is_counted: ClassVar[bool] = True
    maximum: int
    window_seconds: int

    @classmethod
    def read(cls, members: Members) -> Self:
        maximum = members.number("max", lowest=0, highest=COUNT_MAX)
        return cls(id=members.id, maximum=maximum, window_seconds=read_duration(members, "window"))

    def parameters(self) -> dict[str, Any]:
        return {"max": self.maximum, "window": spell_duration(self.window_seconds)}

    def _is_within(self, parent: Self) -> bool:
        return self.window_seconds != parent.window_seconds or self.maximum <= parent.maximum

    def sentence(self) -> str:
        return f"at most {_times(self.maximum)} within any {duration_in_words(self.window_seconds)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing(Constraint):
    """At least ``min_interval_seconds`` between two authorizations."""

    kind: ClassVar[str] = "spacing"
    is_counted: ClassVar[bool] = True
    min_interval_seconds: int

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls(id=members.id, min_interval_seconds=read_duration(members, "minInterval"))

    def parameters(self) -> dict[str, Any]:
        return {"minInterval": spell_duration(self.min_interval_seconds)}

    def _is_within(self, parent: Self) -> bool:
        return self.min_interval_seconds >= parent.min_interval_seconds

    def sentence(self) -> str:
        return f"no sooner than {duration_in_words(self.min_interval_seconds)} after the last time"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
