"""How somebody likes to read: her language, and the time zone and the clock in which she is shown times."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from identity.accounts.models import Clock, Language, User
from identity.primitives.errors import InvalidInput

# Kept in the tz database for old programs; none of them is a place whose clocks somebody lives by.
_NOT_PLACES = ("Etc/", "SystemV/", "posix/", "right/", "US/")
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory", "leapseconds", "tzdata.zi"})


@cache
def zones_to_choose() -> tuple[str, ...]:
    """The names of the IANA tz database that a person may choose: ``UTC`` first, then ``Area/City`` in order."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith(_NOT_PLACES))
    return ("UTC", *sorted(places))


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES


def is_zone(name: str) -> bool:
    """Whether the tz database has it. Stops a cookie or a form from naming a file for ``ZoneInfo`` to open."""
    return name in _known_zones()


def choose_preferences(*, user: User, language: str, time_zone: str, clock: str | None = None) -> User:
    """Keep her choice; empty means as her browser says, and 24 hours. None leaves the clock as it is. Nothing is
    recorded: it changes nobody's rights.

    InvalidInput ``language_unknown``, ``time_zone_unknown`` or ``clock_unknown``.
    """
    clock = user.clock if clock is None else clock
    if language and language not in Language.values:
        raise InvalidInput("language_unknown", "The pages speak English (en) and German (de).", field="language")
    if time_zone and not is_zone(time_zone):
        raise InvalidInput("time_zone_unknown", "A time zone is a name such as Europe/Berlin.", field="time_zone")
    if clock and clock not in Clock.values:
        raise InvalidInput("clock_unknown", "A day has 24 hours (24) or twice 12 (12).", field="clock")
    user.language, user.time_zone, user.clock = language, time_zone, clock
    user.save(update_fields=["language", "time_zone", "clock"])
    return user
