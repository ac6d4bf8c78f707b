"""What a watched credential is worth at one instant. Pure: facts in, one state with its dates out.

The order says which of several truths is shown. What its issuer said for good comes first; that we could not ask
comes last, and never turns into *revoked*.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from identity.credentials.models.watch import SourceState


class WatchState(StrEnum):
    """The closed list, worst first. The values are wire text and never change."""

    REVOKED = "revoked"
    INVALID = "invalid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    UNREACHABLE = "unreachable"
    STALE = "stale"
    UNCHECKED = "unchecked"
    VALID = "valid"


WORST_FIRST = tuple(WatchState)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One source as it was last heard of. ``stale_after`` None: never confirmed."""

    url: str
    state: SourceState
    state_since: datetime
    verified_at: datetime | None
    stale_after: datetime | None
    last_result: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows of one credential. Dates are None for what has not happened."""

    created_at: datetime
    valid_until: datetime | None
    key_withdrawn_at: datetime | None
    revoked_at: datetime | None
    suspended_at: datetime | None
    sources: tuple[SourceFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """``since`` is when the state began as far as we know; ``checked_at`` when its sources were last confirmed, the
    oldest of them; None when there is nothing to ask, or it was never confirmed. ``reason`` is snake_case or empty."""

    state: WatchState
    since: datetime
    checked_at: datetime | None
    reason: str = ""


def standing_of(facts: Facts, at: datetime) -> Standing:
    """The one state of a credential at ``at``."""
    checked_at = _confirmed(facts.sources)
    if facts.revoked_at is not None:
        return Standing(WatchState.REVOKED, facts.revoked_at, checked_at, "revoked_by_issuer")
    if facts.key_withdrawn_at is not None:
        return Standing(WatchState.INVALID, facts.key_withdrawn_at, checked_at, "key_withdrawn")
    if facts.valid_until is not None and facts.valid_until <= at:
        return Standing(WatchState.EXPIRED, facts.valid_until, checked_at, "expired")
    if facts.suspended_at is not None:
        return Standing(WatchState.SUSPENDED, facts.suspended_at, checked_at, "suspended_by_issuer")
    return _of_sources(facts, at, checked_at)


def _of_sources(facts: Facts, at: datetime, checked_at: datetime | None) -> Standing:
    """Nothing speaks against it: is what we know recent enough to say so?"""
    for source in facts.sources:
        if source.state == SourceState.INVALID:
            return Standing(WatchState.INVALID, source.state_since, checked_at, "list_not_believable")
    for source in facts.sources:
        if source.state == SourceState.UNREACHABLE:
            return Standing(WatchState.UNREACHABLE, source.state_since, checked_at, "source_unreachable")
    overdue = [s.stale_after for s in facts.sources if s.stale_after is not None and s.stale_after <= at]
    if overdue:
        return Standing(WatchState.STALE, min(overdue), checked_at, "not_confirmed_lately")
    if any(source.state == SourceState.STALE for source in facts.sources):
        since = min(source.state_since for source in facts.sources if source.state == SourceState.STALE)
        return Standing(WatchState.STALE, since, checked_at, "list_out_of_date")
    if any(source.stale_after is None for source in facts.sources):
        return Standing(WatchState.UNCHECKED, facts.created_at, None, "not_checked_yet")
    return Standing(WatchState.VALID, facts.created_at, checked_at)


def turns_of(facts: Facts) -> list[datetime]:
    """The instants at which time alone may change the state: whoever keeps an answer must not keep it beyond."""
    return [turn for turn in (facts.valid_until, *(source.stale_after for source in facts.sources)) if turn is not None]


def worst_of(states: Iterable[WatchState]) -> WatchState | None:
    """The worst of several, None of none."""
    found = set(states)
    return next((state for state in WORST_FIRST if state in found), None)


def _confirmed(sources: tuple[SourceFacts, ...]) -> datetime | None:
    dates = [source.verified_at for source in sources]
    return min((date for date in dates if date is not None), default=None) if all(dates) else None
