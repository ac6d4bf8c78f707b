"""Receivers that are down, slow, wrong or gone: nothing is lost, order holds, and nobody else waits."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest
from django.core import mail

from identity.journal.drain import drain
from identity.journal.models import Event
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from registry.push import limits
from registry.push.models import DeliveryState, StatusEvent
from registry.push.outbox import claim_turns, next_try
from registry.push.replaying import dead_letters, replay_after, replay_dead
from registry.push.subscriptions import pause_subscription, resume_subscription
from tests.push.conftest import OLGA, follow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nowhere(settings) -> str:
    """An endpoint at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    settings.FETCH_ALLOW_ADDRESSES = [*settings.FETCH_ALLOW_ADDRESSES, address]
    return f"http://{address}/events"


def states(stream) -> list[str]:
    return list(stream.events.order_by("seq").values_list("state", flat=True))


def test_it_goes_on_where_it_was_when_a_receiver_comes_back(endpoint, subscribe, bought, change, hand) -> None:
    stream = subscribe(endpoint.url())
    change(3)
    endpoint.statuses["/events"] = [503] * 3
    for seconds in (0, 7, 40):
        hand.dispatch_at(seconds)
    stream.refresh_from_db()
    assert stream.failures == 3
    assert endpoint.seqs() == [1, 1, 1]
    hand.dispatch_at(400)
    assert endpoint.seqs() == [1, 1, 1, 1, 2, 3]
    assert states(stream) == ["delivered"] * 3
    assert len({one.headers["webhook-id"] for one in endpoint.at() if one.data["seq"] == 1}) == 1


def test_it_says_why_nobody_answered(nowhere, subscribe, bought, stop, hand) -> None:
    stream = subscribe(nowhere)
    stop()
    hand.dispatch_at()
    stream.refresh_from_db()
    assert (stream.failures, stream.last_failure) == (1, "the connection failed: ConnectionRefusedError")
    event = stream.events.get()
    assert (event.state, event.tries, event.last_failure) == ("pending", 1, stream.last_failure)


def test_it_lets_no_slow_receiver_hold_up_another(endpoint, subscribe, bought, stop, hand, monkeypatch) -> None:
    monkeypatch.setattr("registry.push.courier.REQUEST_SECONDS", 3.0)
    slow = [subscribe(endpoint.url(f"/slow/{number}")) for number in range(4)]
    quick = [subscribe(endpoint.url(f"/quick/{number}")) for number in range(4)]
    for number in range(4):
        endpoint.delays[f"/slow/{number}"] = 9.0
    stop()
    began = time.time()
    hand.dispatch_at()
    for number in range(4):
        (delivery,) = endpoint.at(f"/quick/{number}")
        assert delivery.at - began < 3.0
    for stream in slow:
        stream.refresh_from_db()
        assert (stream.failures, stream.last_failure) == (1, "no answer within 3 seconds")
    assert all(states(stream) == ["delivered"] for stream in quick)


def test_it_takes_no_redirect_and_no_nonsense_for_an_answer(endpoint, subscribe, bought, stop, hand) -> None:
    stream = subscribe(endpoint.url())
    endpoint.statuses["/events"] = [302]
    stop()
    hand.dispatch_at()
    stream.refresh_from_db()
    assert stream.last_failure == "it answered 302"


def test_it_raises_the_alarm_at_the_third_failure_and_says_when_it_is_over(
    endpoint, subscribe, bought, stop, hand, charlie
) -> None:
    stream = subscribe(endpoint.url())
    endpoint.statuses["/events"] = [500] * 3
    stop()
    for seconds in (0, 7):
        hand.dispatch_at(seconds)
    assert not Event.objects.filter(kind="subscription.failing").exists()
    hand.dispatch_at(40)
    alarm = Event.objects.get(kind="subscription.failing")
    assert (alarm.subject, alarm.payload) == (stream.pk, {"failures": 3})
    sequence()
    drain("receiver_alarms", at=hand.at)
    (sent,) = [one for one in mail.outbox if "status events" in one.subject.lower()]
    assert sent.to == [charlie.email]
    assert endpoint.url() not in sent.body or stream.pk in sent.body
    hand.dispatch_at(400)
    assert Event.objects.filter(kind="subscription.recovered", subject=stream.pk).exists()


def test_it_keeps_what_was_given_up_and_sends_it_again(endpoint, subscribe, bought, change, hand) -> None:
    stream = subscribe(endpoint.url())
    change(2)
    day = int(limits.UNDELIVERED_MAX.total_seconds())
    endpoint.statuses["/events"] = [500] * 2
    hand.dispatch_at()
    hand.dispatch_at(day + 60)
    assert states(stream) == ["dead", "dead"]
    assert [event.seq for event in dead_letters(organization=stream.organization_id)] == [2, 1]
    assert Event.objects.get(kind="subscription.events_given_up").payload == {"count": 2}
    assert replay_dead(subscription=stream, actor=OLGA, at=hand.at) == 2
    hand.dispatch_at(day + 61)
    assert endpoint.seqs() == [1, 1, 1, 2]
    assert states(stream) == ["delivered"] * 2


def test_it_sends_everything_after_a_number_again(endpoint, subscribe, bought, change, hand) -> None:
    stream = subscribe(endpoint.url())
    change(3)
    hand.dispatch_at()
    assert replay_after(subscription=stream, after=1, actor=OLGA, at=hand.at) == 2
    hand.dispatch_at(1)
    assert endpoint.seqs() == [1, 2, 3, 2, 3]


def test_it_stops_calling_an_endpoint_that_is_gone(endpoint, subscribe, bought, change, hand) -> None:
    stream = subscribe(endpoint.url())
    endpoint.statuses["/events"] = [410]
    change(1)
    hand.dispatch_at()
    stream.refresh_from_db()
    assert (stream.state, stream.pause_reason, stream.due_at) == ("paused", "gone", None)
    change(2)
    hand.dispatch_at(10_000)
    assert endpoint.seqs() == [1]
    resume_subscription(subscription=stream, actor=OLGA, at=hand.at)
    hand.dispatch_at(10_001)
    assert endpoint.seqs() == [1, 1, 2, 3]


def test_it_pauses_a_receiver_that_fails_for_days(endpoint, subscribe, bought, stop, hand) -> None:
    stream = subscribe(endpoint.url())
    endpoint.statuses["/events"] = [500] * 2
    stop()
    hand.dispatch_at()
    hand.dispatch_at(limits.PAUSED_AFTER.total_seconds())
    stream.refresh_from_db()
    assert (stream.state, stream.pause_reason) == ("paused", "unreachable")


def test_it_keeps_events_while_paused_and_sends_them_afterwards(endpoint, subscribe, bought, change, hand) -> None:
    stream = subscribe(endpoint.url())
    pause_subscription(subscription=stream, actor=OLGA, at=hand.at)
    change(2)
    hand.dispatch_at()
    assert endpoint.deliveries == []
    resume_subscription(subscription=stream, actor=OLGA, at=hand.at)
    hand.dispatch_at(1)
    assert endpoint.seqs() == [1, 2]


def test_it_gives_a_sign_of_life_every_minute_and_no_number_to_it(endpoint, subscribe, bought, stop, hand) -> None:
    stream = subscribe(endpoint.url())
    hand.dispatch_at()
    hand.dispatch_at(30)
    hand.dispatch_at(61)
    signs = endpoint.at(signs_of_life=True)
    assert [(one.type, one.data["seq"]) for one in signs] == [("verification", 0)] * 2
    stop()
    hand.dispatch_at(62)
    assert endpoint.seqs() == [1]
    hand.dispatch_at(100)
    assert len(endpoint.deliveries) == 3
    stream.refresh_from_db()
    assert stream.verified_at is not None


def test_it_begins_a_turn_again_when_its_worker_was_killed(endpoint, subscribe, bought, change, hand) -> None:
    stream = subscribe(endpoint.url())
    change(2)
    follow(hand.at)
    (turn,) = claim_turns(most=5, failing=False, at=hand.at)
    assert [event.seq for event in turn.events] == [1, 2]
    hand.dispatch_at(5)
    assert endpoint.seqs() == []
    hand.dispatch_at(limits.LEASE.total_seconds() + 1)
    assert endpoint.seqs() == [1, 2]
    assert states(stream) == ["delivered"] * 2


def test_it_tries_as_often_as_the_schedule_says_and_never_in_step() -> None:
    since = now()
    for failures, after in enumerate(limits.RETRY_AFTER_SECONDS[1:], start=1):
        tries = {next_try(failures, failing_since=since, at=since) for _ in range(20)}
        waits = [(one - since).total_seconds() for one in tries]
        assert all(after <= wait <= after * 1.1 + 1 for wait in waits)
        assert len(tries) > 1
    assert limits.RETRY_AFTER_SECONDS == (0, 5, 30, 300, 1_800, 7_200, 28_800, 86_400)
    assert next_try(50, failing_since=since, at=since) >= since + timedelta(seconds=limits.LATER_SECONDS)


def test_it_forgets_no_event_that_waits_for_its_turn(subscribe, bought, change, hand, nowhere) -> None:
    stream = subscribe(nowhere)
    change(limits.EVENTS_PER_TURN + 3)
    hand.dispatch_at()
    rows = StatusEvent.objects.filter(subscription=stream)
    assert rows.filter(state=DeliveryState.PENDING).count() == limits.EVENTS_PER_TURN + 3
    assert list(rows.order_by("seq").values_list("seq", flat=True)) == list(range(1, limits.EVENTS_PER_TURN + 4))


def test_it_hands_on_to_the_next_when_its_time_is_over(endpoint, subscribe, bought, change, hand, monkeypatch) -> None:
    """What is due then is served by the next run, which whoever called it starts at once."""
    monkeypatch.setattr("registry.push.dispatch.RUN_SECONDS_MAX", -1.0)
    monkeypatch.setattr("registry.push.dispatch.GRACE_SECONDS", 0.0)
    subscribe(endpoint.url())
    change(2)
    assert hand.dispatch_at().has_more
    assert endpoint.seqs() == []
    monkeypatch.undo()
    assert not hand.dispatch_at(1).has_more
    assert endpoint.seqs() == [1, 2]
