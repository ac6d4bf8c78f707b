"""How long an answer is true, and how long it may be kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# A negative answer hides a name that somebody has just registered: it is kept for less time than any other.
NEGATIVE_TTL_SECONDS = 30
NEGATIVE_VALIDITY_SECONDS = 60
# Clocks differ and bytes travel: what a cache may hold ends this long before the signature does.
MARGIN_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Lifetime:
    """``ttl_seconds`` is for caches. After ``refresh_at`` the bytes are not served any more, so that a cache that
    takes them at the last moment still drops them before ``valid_until``."""

    ttl_seconds: int
    refresh_at: datetime
    valid_until: datetime


def lifetime(
    *, at: datetime, validity_seconds: int, ttl_seconds_max: int, ttls: Iterable[int], changes: Iterable[datetime]
) -> Lifetime:
    """The lifetime of an answer evaluated at ``at`` from records with ``ttls`` (seconds).

    ``changes`` are the instants at which time alone would make it another answer: the end of a name or a key.
    The instance's own maximum caps every TTL: nobody may buy time against a revocation with a long one.
    """
    valid_until = min([at + timedelta(seconds=validity_seconds), *(change for change in changes if change > at)])
    usable_seconds = int((valid_until - at).total_seconds()) - MARGIN_SECONDS
    ttl_seconds = max(0, min([ttl_seconds_max, usable_seconds // 2, *ttls]))
    refresh_at = valid_until - timedelta(seconds=ttl_seconds + MARGIN_SECONDS)
    return Lifetime(ttl_seconds=ttl_seconds, refresh_at=max(at, refresh_at), valid_until=valid_until)


def negative_lifetime(at: datetime) -> Lifetime:
    return Lifetime(
        ttl_seconds=NEGATIVE_TTL_SECONDS,
        refresh_at=at + timedelta(seconds=NEGATIVE_TTL_SECONDS),
        valid_until=at + timedelta(seconds=NEGATIVE_VALIDITY_SECONDS),
    )
