"""When something is worth an alert, and when it is the same one again. Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from identity.delegation.constraints import Count, PerPeriod, Rolling, Total
from identity.spending.usage import Usage
from registry.notices.kinds import NoticeKind

NEAR_PERCENT: Final = 80
DECLINES_MIN: Final = 5  # one refusal is an answer; five in ten minutes are a fault, or an attack
DECLINES_WITHIN: Final = timedelta(minutes=10)
DECLINES_QUIET: Final = timedelta(hours=1)  # the next alert about the same agent, however often it is refused
DEALING: Final = timedelta(days=31)  # as long as a hold can last: who bought within it may have one open
NEWS_FOR: Final = timedelta(days=3)  # after it an event is no news any more, whoever replays it

CAPS: Final = (Total.kind, PerPeriod.kind, Rolling.kind, Count.kind)
"""What runs out. A limit of speed does not: it is used up and free again within minutes."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One occasion, to be told once by ``key`` to whoever answers for one of ``roots``. ``said`` is what its words
    need: names, amounts, figures, moments. ``purchase`` is the line of the statement, empty where it is of several."""

    kind: NoticeKind
    key: str
    roots: tuple[str, ...]
    said: dict[str, Any] = field(hash=False)
    purchase: str = ""
    by_user: str = ""
    """Who brought it about herself, and is not told what she knows."""


def is_near(usage: Usage) -> bool:
    """Whether 80 % of a cap or more is used. What a human let through beyond it does not count in it."""
    return usage.kind in CAPS and usage.cap > 0 and usage.used * 100 >= usage.cap * NEAR_PERCENT


def percent_used(usage: Usage) -> int:
    """Rounded down: 100 means that nothing is left."""
    return usage.used * 100 // usage.cap


def cap_key(root: str, usage: Usage, *, seconds: int, at: datetime) -> str:
    """One window of one limit. A window that moves along has no name of its own: it is told of once in its length."""
    window = f"{usage.window}-{turn_of(at, timedelta(seconds=seconds))}" if seconds else usage.window
    return f"cap_near:{root}:{usage.constraint}:{window}"


def is_burst(refused_at: Collection[datetime], *, at: datetime) -> bool:
    """Whether so many of these refusals fall into the ten minutes before ``at``, that one included."""
    return sum(at - DECLINES_WITHIN < each <= at for each in refused_at) >= DECLINES_MIN


def declines_key(link: str, *, at: datetime) -> str:
    return f"declines:{link}:{turn_of(at, DECLINES_QUIET)}"


def turn_of(at: datetime, length: timedelta) -> int:
    """Which stretch of that length since 1970 ``at`` falls into: the same for every process that is asked."""
    return int(at.timestamp()) // max(1, int(length.total_seconds()))


def firsts(bought: Iterable[tuple[str, str, str, str]]) -> dict[tuple[str, str, str], str]:
    """The earliest of purchases (id, principal, agent, vendor) by who bought for whom, and where. Ids are in order of
    time."""
    found: dict[tuple[str, str, str], str] = {}
    for purchase, *parties in bought:
        principal, agent, vendor = parties
        key = (principal, agent, vendor)
        found[key] = min(found.get(key, purchase), purchase)
    return found
