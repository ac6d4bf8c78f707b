"""Limits by time of the week, in a named zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from identity.delegation.constraints.base import Constraint, Members, invalid
from identity.delegation.constraints.zones import read_timezone
from identity.delegation.facts import Refusal, SpendFacts

WINDOWS_MAX = 21  # three a day
_DAYS = re.compile(r"[1-7](?:-[1-7])?(?:,[1-7](?:-[1-7])?){0,6}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class DayWindow:
    """``days`` as ISO weekdays (``1-5``), the local times ``start`` up to but not including ``end`` (``24:00``)."""

    days: str
    start: str
    end: str

    def minutes(self) -> set[tuple[int, int]]:
        """Every (weekday, minute of the day) in the window."""
        span = range(_minute(self.start), _minute(self.end))
        return {(day, minute) for day in _weekdays(self.days) for minute in span}

    def claim(self) -> dict[str, str]:
        return {"days": self.days, "from": self.start, "to": self.end}

    def words(self) -> str:
        days = ",".join("-".join(_DAY_NAMES[int(day) - 1] for day in part.split("-")) for part in self.days.split(","))
        return f"{days} {self.start}-{self.end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Constraint):
    """Only within these windows. Local time is taken from the zone at the instant asked about, so a window keeps its
    clock times across a change to or from summer time."""

    kind: ClassVar[str] = "hours"
    timezone: str
    windows: tuple[DayWindow, ...]

    @classmethod
    def read(cls, members: Members) -> Self:
        zone, windows = read_timezone(members), members.take("windows")
        if not isinstance(windows, list) or len(windows) > WINDOWS_MAX:
            raise invalid(f"The member windows is a list of at most {WINDOWS_MAX}.")
        return cls(id=members.id, timezone=zone, windows=tuple(map(_read_window, windows)))

    def parameters(self) -> dict[str, Any]:
        return {"timezone": self.timezone, "windows": [window.claim() for window in self.windows]}

    def _is_within(self, parent: Self) -> bool:
        return self.timezone != parent.timezone or _minutes(self.windows) <= _minutes(parent.windows)

    def sentence(self) -> str:
        windows = "; ".join(window.words() for window in self.windows) or "never"
        return f"only at these hours ({self.timezone}): {windows}"

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        local = facts.at.astimezone(ZoneInfo(self.timezone))
        minute = local.hour * 60 + local.minute
        for window in self.windows:
            in_day = _minute(window.start) <= minute < _minute(window.end)
            if in_day and local.isoweekday() in _weekdays(window.days):
                return None
        return self._refuse("outside_hours", depth, f"It is {local:%a %H:%M} in {self.timezone}.")


def _read_window(value: Any) -> DayWindow:
    if not isinstance(value, dict) or set(value) != {"days", "from", "to"}:
        raise invalid('A window reads {"days": "1-5", "from": "07:00", "to": "20:00"}.')
    days, start, end = value["days"], value["from"], value["to"]
    if not all(isinstance(text, str) for text in (days, start, end)) or not _DAYS.fullmatch(days):
        raise invalid("The days of a window are ISO weekdays such as 1-5 or 1,3,7.")
    if any(first > last for first, last in (_ends(part) for part in days.split(","))):
        raise invalid("A range of days ends before it begins.")
    if not _TIME.fullmatch(start) or not (_TIME.fullmatch(end) or end == "24:00") or start >= end:
        raise invalid("A window runs from an earlier to a later time of one day, such as 07:00 to 20:00 or 24:00.")
    return DayWindow(days, start, end)


def _ends(part: str) -> tuple[int, int]:
    return int(part[0]), int(part[-1])


def _weekdays(days: str) -> set[int]:
    return {day for first, last in map(_ends, days.split(",")) for day in range(first, last + 1)}


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _minutes(windows: tuple[DayWindow, ...]) -> set[tuple[int, int]]:
    return {minute for window in windows for minute in window.minutes()}
