"""One look after another at a real foreign server: each thing that happens is called by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.agents.models import Agent
from identity.credentials.models import SourceState, WatchedCredential, WatchSource
from identity.credentials.watch.checking import check_due_sources, check_source
from identity.credentials.watch.limits import JITTER
from identity.credentials.watch.states import Standing, WatchState
from identity.credentials.watch.watching import watch
from identity.journal.models import Event
from tests.credentials.watch.foreign import ForeignServer, Issuer

pytestmark = pytest.mark.django_db
Of = Callable[[WatchedCredential, datetime], Standing]
INDEX = 70_000
MINUTE = timedelta(minutes=1)


@pytest.fixture
def credential(issuer: Issuer, agent: Agent, at: datetime) -> WatchedCredential:
    watched = watch(issuer.credential(agent.did, INDEX, at=at), agent=agent, at=at)
    assert watched is not None
    return watched


def check(at: datetime) -> None:
    """Everything, as if it were due."""
    for source in WatchSource.objects.order_by("pk"):
        check_source(source, at=at)


def changes(credential: WatchedCredential) -> list[str]:
    events = Event.objects.filter(kind="watched_credential.changed", payload__credential=credential.pk)
    return [event.payload["change"] for event in events.order_by("written_order")]


def test_it_is_unchecked_at_first_and_valid_once_its_lists_are_read(
    credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    assert standing(credential, at).state is WatchState.UNCHECKED
    assert len(check_due_sources(at=at)) == 2
    assert standing(credential, at) == Standing(WatchState.VALID, credential.created_at, at)


def test_a_bit_that_is_set_revokes_and_one_that_is_cleared_does_not_bring_back(
    issuer: Issuer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    check(at)
    issuer.set("revocation", INDEX)
    issuer.publish(at=at + MINUTE)
    check(at + MINUTE)
    assert standing(credential, at + MINUTE).state is WatchState.REVOKED
    assert standing(credential, at + MINUTE).since == at + MINUTE

    issuer.clear("revocation", INDEX)
    issuer.publish(at=at + 2 * MINUTE)
    check(at + 2 * MINUTE)
    assert standing(credential, at + 2 * MINUTE).state is WatchState.REVOKED
    assert changes(credential) == ["revoked"]


def test_a_suspension_comes_and_goes(issuer: Issuer, credential: WatchedCredential, standing: Of, at: datetime) -> None:
    for minutes, set_or_clear, expected in ((1, issuer.set, "suspended"), (2, issuer.clear, "valid")):
        set_or_clear("suspension", INDEX)
        issuer.publish(at=at + minutes * MINUTE)
        check(at + minutes * MINUTE)
        assert standing(credential, at + minutes * MINUTE).state == expected
    assert changes(credential) == ["suspended", "reinstated"]


def test_a_neighbours_bit_is_nobody_elses(
    issuer: Issuer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    issuer.set("revocation", INDEX - 1, INDEX + 1, 0, 131_071)
    issuer.publish(at=at)
    check(at)
    assert standing(credential, at).state is WatchState.VALID


def test_it_asks_only_whether_something_changed(
    server: ForeignServer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    check(at)
    check(at + MINUTE)
    assert server.statuses("/revocation") == [200, 304]
    assert standing(credential, at + MINUTE).checked_at == at + MINUTE


def test_one_request_serves_every_credential_of_a_list(
    server: ForeignServer, issuer: Issuer, agent: Agent, at: datetime
) -> None:
    for index in range(20):
        watch(issuer.credential(agent.did, index, at=at), agent=agent, at=at)
    check_due_sources(at=at)
    assert len(server.asked) == 2


BEHAVIOURS = [
    ("error", WatchState.UNREACHABLE, "the server answered 500"),
    ("redirect", WatchState.UNREACHABLE, "the server sends elsewhere (302), which is not followed"),
    ("hang", WatchState.UNREACHABLE, "it took longer than 3 seconds"),
    ("garbage", WatchState.INVALID, ""),
]


@pytest.mark.parametrize(("mode", "state", "words"), BEHAVIOURS[:2] + BEHAVIOURS[3:])
def test_three_bad_tries_are_a_conclusion_about_the_source_and_one_good_ends_it(
    server: ForeignServer,
    credential: WatchedCredential,
    standing: Of,
    at: datetime,
    mode: str,
    state: WatchState,
    words: str,
) -> None:
    check(at)
    server.mode, server.redirect_to = mode, server.url("/suspension")
    seen = []
    for minutes in (1, 2, 3):
        check(at + minutes * MINUTE)
        seen.append(standing(credential, at + minutes * MINUTE).state)
    assert seen == [WatchState.VALID, WatchState.VALID, state]
    source = WatchSource.objects.get(url=server.url("/revocation"))
    assert source.failures == 3
    assert source.last_result, source.last_result
    assert standing(credential, at + 3 * MINUTE).checked_at == at

    server.mode = "ok"
    check(at + 4 * MINUTE)
    assert standing(credential, at + 4 * MINUTE).state is WatchState.VALID
    assert changes(credential) == []
    assert [event.payload["state"] for event in Event.objects.filter(subject=source.pk).order_by("written_order")] == [
        "fresh",
        source_state(state),
        "fresh",
    ]


def source_state(state: WatchState) -> str:
    return SourceState(state.value).value


def test_a_server_that_hangs_costs_three_seconds_and_changes_nothing(
    server: ForeignServer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    check(at)
    server.mode = "hang"
    source = WatchSource.objects.get(url=server.url("/revocation"))
    check_source(source, at=at + MINUTE)
    source.refresh_from_db()
    assert source.last_result == "it took longer than 3 seconds"
    assert standing(credential, at + MINUTE).state is WatchState.VALID


def test_a_redirect_inward_is_not_followed(
    server: ForeignServer, credential: WatchedCredential, settings: Any, at: datetime
) -> None:
    server.mode, server.redirect_to = "redirect", server.url("/secret")
    check(at)
    assert "/secret" not in [path for path, _ in server.asked]


def test_a_list_off_the_public_internet_is_not_asked(
    server: ForeignServer, credential: WatchedCredential, settings: Any, at: datetime
) -> None:
    settings.FETCH_ALLOW_ADDRESSES = []
    check(at)
    assert server.asked == []
    assert WatchSource.objects.filter(failures=1).count() == 2


def test_an_older_list_that_is_still_signed_is_no_news(
    server: ForeignServer, issuer: Issuer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    good = dict(server.bodies)
    issuer.set("suspension", INDEX)
    issuer.publish(at=at + MINUTE)
    check(at + MINUTE)
    assert standing(credential, at + MINUTE).state is WatchState.SUSPENDED

    server.bodies.update(good)
    check(at + 2 * MINUTE)
    assert standing(credential, at + 2 * MINUTE).state is WatchState.SUSPENDED
    assert "older" in WatchSource.objects.get(url=server.url("/suspension")).last_result


def test_a_strangers_list_at_the_same_address_is_not_believed(
    server: ForeignServer, issuer: Issuer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    check(at)
    mallory = Issuer(server)
    mallory.set("revocation", INDEX)
    mallory.publish(at=at + MINUTE)
    for minutes in (1, 2, 3):
        check(at + minutes * MINUTE)
    assert standing(credential, at + 3 * MINUTE).state is WatchState.INVALID
    assert standing(credential, at + 3 * MINUTE).reason == "list_not_believable"
    assert changes(credential) == []


def test_a_list_that_has_run_out_makes_its_credentials_stale(
    server: ForeignServer, issuer: Issuer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    issuer.publish(at=at, valid_for=2 * MINUTE)
    check(at)
    assert standing(credential, at + MINUTE).state is WatchState.VALID
    later = at + 2 * MINUTE
    assert standing(credential, later).state is WatchState.STALE
    for seconds in (0, 10, 20):
        check(later + timedelta(seconds=seconds))
    assert WatchSource.objects.get(url=server.url("/revocation")).state == SourceState.STALE
    assert standing(credential, later + MINUTE).state is WatchState.STALE


def test_nobody_asking_makes_it_stale_after_the_stated_bound(
    credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    check(at)
    assert standing(credential, at + 14 * MINUTE).state is WatchState.VALID
    assert standing(credential, at + 15 * MINUTE).state is WatchState.STALE


def test_a_slow_worker_does_not_write_over_a_quicker_one(
    server: ForeignServer, credential: WatchedCredential, at: datetime
) -> None:
    check(at + MINUTE)
    server.mode = "error"
    check(at)
    assert not WatchSource.objects.filter(failures__gt=0).exists()


def test_the_pause_after_a_failure_doubles_up_to_a_quarter_of_an_hour(
    server: ForeignServer, credential: WatchedCredential, at: datetime
) -> None:
    server.mode = "error"
    pauses = []
    source = WatchSource.objects.get(url=server.url("/revocation"))
    for tries in range(12):
        check_source(source, at=at + tries * MINUTE)
        source.refresh_from_db()
        pauses.append((source.next_check_at - at).total_seconds() - 60 * tries)
    meant = [min(10 * 2**tries, 900) for tries in range(12)]
    assert all(abs(pause - each) <= 1.01 * JITTER * each for pause, each in zip(pauses, meant, strict=True)), pauses


def test_a_place_beyond_the_list_makes_that_one_credential_invalid(
    issuer: Issuer, agent: Agent, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    beyond = watch(issuer.credential(agent.did, 200_000, at=at), agent=agent, at=at)
    assert beyond is not None
    check(at)
    assert standing(beyond, at).state is WatchState.INVALID
    assert standing(credential, at).state is WatchState.VALID


def test_a_list_that_changed_in_thousands_of_places_is_followed_too(
    issuer: Issuer, agent: Agent, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    other = watch(issuer.credential(agent.did, 1, at=at), agent=agent, at=at)
    assert other is not None
    check(at)
    issuer.set("revocation", *range(60_000, 80_000))
    issuer.publish(at=at + MINUTE)
    check(at + MINUTE)
    assert standing(credential, at + MINUTE).state is WatchState.REVOKED
    assert standing(other, at + MINUTE).state is WatchState.VALID
