"""ISO 8601 durations of whole days, hours, minutes and seconds: ``PT1H``, ``P30D``. No months: they have no length."""

from __future__ import annotations

import re

from identity.delegation.constraints.base import Members, invalid

WINDOW_SECONDS_MIN = 60
WINDOW_SECONDS_MAX = 366 * 86_400
_FORM = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,3})D)?(?:T(?=[0-9])(?:([0-9]{1,4})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?"
)
_UNITS = (("day", 86_400, "D"), ("hour", 3_600, "H"), ("minute", 60, "M"), ("second", 1, "S"))


def read_duration(members: Members, name: str) -> int:
    """The member's length in seconds, one minute to 366 days."""
    value = members.take(name)
    match = _FORM.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise invalid(f"The member {name} is a duration such as PT1H or P30D.")
    seconds = sum(int(count) * unit[1] for count, unit in zip(match.groups(), _UNITS, strict=True) if count)
    if not WINDOW_SECONDS_MIN <= seconds <= WINDOW_SECONDS_MAX:
        raise invalid(f"The member {name} is one minute to 366 days.")
    return seconds


def spell_duration(seconds: int) -> str:
    """``3600`` is ``PT1H``: the one spelling that claims are written with."""
    parts = dict(_split(seconds))
    days = f"{parts.pop('D')}D" if "D" in parts else ""
    rest = "".join(f"{count}{unit}" for unit, count in parts.items())
    return f"P{days}{'T' + rest if rest else ''}"


def duration_in_words(seconds: int) -> str:
    """``3600`` is ``1 hour``."""
    names = {unit: name for name, _, unit in _UNITS}
    return " ".join(f"{count} {names[unit]}{'' if count == 1 else 's'}" for unit, count in _split(seconds))


def _split(seconds: int) -> list[tuple[str, int]]:
    parts = []
    for _, length, unit in _UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append((unit, count))
    return parts
