from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from identity.credentials.models.watch import SourceState
from identity.credentials.watch.states import Facts, SourceFacts, WatchState, standing_of, turns_of, worst_of

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def source(state: SourceState = SourceState.FRESH, **more: Any) -> SourceFacts:
    facts = {"state_since": AT - HOUR, "verified_at": AT - HOUR / 60, "stale_after": AT + HOUR / 4, **more}
    return SourceFacts(url="https://issuer.example/list", state=state, **facts)


def facts(*sources: SourceFacts, **more: Any) -> Facts:
    nothing: dict[str, Any] = dict.fromkeys(("valid_until", "key_withdrawn_at", "revoked_at", "suspended_at"))
    return Facts(created_at=AT - 24 * HOUR, sources=sources, **{**nothing, **more})


def state(*sources: SourceFacts, **more: Any) -> WatchState:
    return standing_of(facts(*sources, **more), AT).state


def test_it_is_valid_when_all_is_confirmed_and_nothing_speaks_against_it() -> None:
    standing = standing_of(facts(source(), source(verified_at=AT - 2 * HOUR, stale_after=AT + HOUR)), AT)
    assert (standing.state, standing.checked_at) == (WatchState.VALID, AT - 2 * HOUR)


def test_it_is_valid_without_any_source() -> None:
    assert state() is WatchState.VALID


UNREACHABLE = source(SourceState.UNREACHABLE)


@pytest.mark.parametrize(
    ("sources", "more", "expected"),
    [
        ((UNREACHABLE,), {"revoked_at": AT - HOUR}, WatchState.REVOKED),
        ((UNREACHABLE,), {"suspended_at": AT - HOUR}, WatchState.SUSPENDED),
        ((UNREACHABLE,), {"valid_until": AT}, WatchState.EXPIRED),
        ((UNREACHABLE,), {"valid_until": AT + HOUR}, WatchState.UNREACHABLE),
        ((source(),), {"key_withdrawn_at": AT - HOUR, "valid_until": AT}, WatchState.INVALID),
        ((source(SourceState.INVALID), UNREACHABLE), {}, WatchState.INVALID),
        ((source(stale_after=AT),), {}, WatchState.STALE),
        ((source(SourceState.STALE),), {}, WatchState.STALE),
        ((source(SourceState.UNCHECKED, verified_at=None, stale_after=None),), {}, WatchState.UNCHECKED),
        ((source(SourceState.UNREACHABLE, verified_at=None, stale_after=None),), {}, WatchState.UNREACHABLE),
    ],
)
def test_it_shows_the_worst_truth_and_never_takes_silence_for_a_revocation(
    sources: tuple[SourceFacts, ...], more: dict[str, Any], expected: WatchState
) -> None:
    assert state(*sources, **more) is expected


def test_it_says_since_when() -> None:
    assert standing_of(facts(source(), revoked_at=AT - HOUR), AT).since == AT - HOUR
    assert standing_of(facts(source(stale_after=AT - HOUR)), AT).since == AT - HOUR
    assert standing_of(facts(UNREACHABLE), AT).since == AT - HOUR


def test_it_never_says_checked_for_what_was_never_confirmed() -> None:
    unconfirmed = source(SourceState.UNREACHABLE, verified_at=None, stale_after=None)
    assert standing_of(facts(source(), unconfirmed), AT).checked_at is None


def test_it_names_the_instants_at_which_time_alone_changes_it() -> None:
    assert set(turns_of(facts(source(), valid_until=AT + HOUR))) == {AT + HOUR / 4, AT + HOUR}


def test_the_worst_of_several_is_the_first_in_the_list() -> None:
    assert worst_of([WatchState.VALID, WatchState.STALE, WatchState.SUSPENDED]) is WatchState.SUSPENDED
    assert worst_of([]) is None
