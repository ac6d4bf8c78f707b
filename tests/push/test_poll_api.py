"""Reading a stream over the API: by page, in order, without a gap, and only one's own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.accounts.service_keys import SCOPES, create_service_key
from identity.journal.actor import system
from registry.push.keeping import forget_old_events
from registry.push.limits import KEPT
from registry.push.models import StatusEvent
from tests.api.conftest import Caller, fresh_limits, stranger
from tests.push.conftest import follow

__all__ = ["fresh_limits", "stranger"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def charlies(stranger: Caller) -> Caller:
    """The seller's own program: Charlie runs Nordlicht."""
    return stranger


@pytest.fixture
def acmes(acme, at) -> Caller:
    key, token = create_service_key(
        organization=acme, name="CI", scopes=list(SCOPES), expires_at=None, actor=system("t"), at=at, created_by=None
    )
    return Caller(token, key)


def test_it_gives_what_follows_a_number(charlies, subscribe, bought, change, at) -> None:
    stream = subscribe()
    change(3)
    follow(at)
    page = charlies.get("/v1/status-events").json()
    assert [item["seq"] for item in page["items"]] == [1, 2, 3]
    assert (page["subscription"], page["first_seq"], page["last_seq"]) == (stream.pk, 1, 3)
    assert not page["has_more"]
    first = charlies.get("/v1/status-events?limit=2").json()
    assert first["has_more"]
    rest = charlies.get("/v1/status-events?after=2").json()
    assert [item["jti"] for item in rest["items"]] == [page["items"][2]["jti"]]
    assert charlies.get("/v1/status-events?after=3").json()["items"] == []


def test_it_says_when_there_is_no_stream_or_more_than_one(charlies, subscribe) -> None:
    assert charlies.get("/v1/status-events").json()["code"] == "no_subscription"
    first, _ = subscribe(), subscribe()
    assert charlies.get("/v1/status-events").json()["code"] == "subscription_ambiguous"
    assert charlies.get(f"/v1/status-events?subscription={first.pk}").status_code == 200


def test_it_shows_nobody_anothers_stream(charlies, acmes, subscribe) -> None:
    stream = subscribe()
    theirs = acmes.get(f"/v1/status-events?subscription={stream.pk}")
    nobodys = acmes.get("/v1/status-events?subscription=sub_00000000000000000000000000")
    assert (theirs.status_code, theirs.json()["detail"]) == (404, nobodys.json()["detail"])
    assert acmes.get(f"/v1/subscriptions/{stream.pk}").status_code == 404
    assert acmes.send("DELETE", f"/v1/subscriptions/{stream.pk}").status_code == 404


def test_it_says_410_for_what_is_not_kept_any_more(charlies, subscribe, bought, change, at) -> None:
    subscribe()
    change(3)
    follow(at)
    StatusEvent.objects.filter(seq__lte=2).update(created_at=at - KEPT - timedelta(days=1))
    assert forget_old_events(at=at) == 1
    gone = charlies.get("/v1/status-events?after=1")
    assert (gone.status_code, gone.json()["code"]) == (410, "status_events_expired")
    assert [item["seq"] for item in charlies.get("/v1/status-events?after=2").json()["items"]] == [3]


def test_it_waits_for_what_is_next_when_asked_to(charlies, subscribe, monkeypatch, bought, stop, at) -> None:
    subscribe()
    monkeypatch.setattr("registry.api.v1.status_events.time.sleep", lambda _: (stop(), follow(at)))
    page = charlies.get("/v1/status-events", Prefer="wait=5")
    assert page.headers["Preference-Applied"] == "wait=5"
    assert [item["type"] for item in page.json()["items"]] == ["agent-status-change"]


def test_it_streams_from_the_last_event_seen(charlies, subscribe, bought, change, at, monkeypatch) -> None:
    subscribe()
    change(2)
    follow(at)
    monkeypatch.setattr("registry.api.v1.status_events.STREAM_SECONDS_MAX", 0.2)
    answer = charlies.get("/v1/status-events/stream", Last_Event_ID="1", Accept="text/event-stream")
    assert answer.headers["Content-Type"] == "text/event-stream"
    text = b"".join(answer.streaming_content).decode()
    assert "id: 2\nevent: agent-status-change\ndata: {" in text
    assert "id: 1\n" not in text
    assert "event: verification\n" in text


@pytest.mark.parametrize("number", ["x", "-1", "9" * 20, "0" * 20 + "9" * 30, "1.5", "２"])
def test_it_takes_no_number_that_is_none(number, charlies, subscribe) -> None:
    subscribe()
    answer = charlies.get(f"/v1/status-events/stream?after={number}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.django_db(transaction=True)  # the end of a streamed answer ends its connection
def test_it_refuses_more_listeners_than_it_has_seats_for(charlies, subscribe, monkeypatch) -> None:
    subscribe()
    listening = [charlies.get("/v1/status-events/stream") for _ in range(2)]
    refused = charlies.get("/v1/status-events/stream")
    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")
    assert charlies.get("/v1/status-events").status_code == 200
    for one in listening:
        one.close()
    freed = charlies.get("/v1/status-events/stream")
    assert freed.status_code == 200
    freed.close()
