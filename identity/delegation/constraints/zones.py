"""Named time zones (IANA): a limit of "a month" is a month somewhere."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

from identity.delegation.constraints.base import Members, invalid

_FORM = re.compile(r"[A-Za-z0-9_+/-]{1,40}")
# Names that mean the zone of the machine that reads them, or none: two readers would see two days.
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})


def read_timezone(members: Members, name: str = "timezone") -> str:
    zone = members.text(name, _FORM)
    if zone not in _known():
        raise invalid(f"The member {name} is an IANA time zone such as Europe/Berlin.")
    return zone


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES
