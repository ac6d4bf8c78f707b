"""The receiver's library: what it believes, how it counts, and how it catches up."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from identity.accounts.service_keys import SCOPES, create_service_key
from identity.agents.addresses import registry_did
from identity.credentials.issuers import current_signer
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.primitives.multikey import PrivateKey
from registry.client import Duplicate, Gap, NotVerified, Refused, SignOfLife, StatusEvent, StatusReceiver
from registry.push.envelope import new_secret
from registry.push.keeping import forget_old_events
from registry.push.limits import KEPT
from registry.push.models import Subscription
from registry.push.secrets import secrets_of
from tests.push.conftest import Hand, follow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stream(endpoint: Any, subscribe: Any, bought: Any) -> Subscription:
    return subscribe(endpoint.url())


@pytest.fixture
def receive(live_server: Any, stream: Subscription, seller: Any, at: Any) -> Any:
    """A receiver of the stream, with a service key to catch up by."""
    _, token = create_service_key(
        organization=seller, name="R", scopes=list(SCOPES), expires_at=None, actor=system("t"), at=at, created_by=None
    )
    opened = []

    def make(**options: Any) -> StatusReceiver:
        values = {"secrets": secrets_of(stream, at=now()), "audience": stream.audience, "clock": now, **options}
        receiver = StatusReceiver(
            live_server.url,
            service_key=token,
            registry_did=registry_did(),
            issuer=settings.PUBLIC_URL,
            sleep=lambda _: None,
            **values,
        )
        opened.append(receiver)
        return receiver

    yield make
    for receiver in opened:
        receiver.close()


def test_it_takes_events_in_order_and_repeats_once(receive, endpoint, stream, change, hand: Hand) -> None:
    acted: list[int] = []
    receiver = receive()
    change(2)
    hand.dispatch_at()
    first, second = endpoint.at()
    event = receiver.take(first.headers, first.body, act=lambda event: acted.append(event.seq))
    assert isinstance(event, StatusEvent)
    assert (event.type, event.claims["status"]) == ("agent-status-change", "suspended")
    assert receiver.take(first.headers, first.body) == Duplicate(1, event.jti)
    assert isinstance(receiver.take(second.headers, second.body), StatusEvent)
    assert (receiver.last_seq, acted) == (2, [1])


def test_it_notices_a_gap_and_reads_what_is_missing(receive, endpoint, stream, change, hand) -> None:
    receiver = receive()
    change(3)
    hand.dispatch_at()
    _, _, third = endpoint.at()
    acted: list[int] = []
    assert receiver.take(third.headers, third.body, act=lambda event: acted.append(event.seq)) == Gap(0, 3)
    assert acted == []
    assert [event.seq for event in receiver.catch_up(act=lambda event: acted.append(event.seq))] == [1, 2, 3]
    assert acted == [1, 2, 3]
    assert isinstance(receiver.take(third.headers, third.body), Duplicate)


def test_it_notices_by_a_sign_of_life_that_the_last_event_is_missing(receive, endpoint, stream, stop, hand) -> None:
    receiver = receive()
    stop()
    hand.dispatch_at()
    hand.dispatch_at(61)
    sign = endpoint.at(signs_of_life=True)[-1]
    later = receive(clock=lambda: hand.at + timedelta(seconds=61))
    assert sign.type == "verification"
    assert later.take(sign.headers, sign.body) == Gap(0, 1)
    (event,) = endpoint.at()
    receiver.take(event.headers, event.body)
    assert receiver.take_token(sign.data["token"]) == SignOfLife(1)


def test_it_counts_nothing_when_acting_on_it_failed(receive, endpoint, stream, stop, hand) -> None:
    receiver = receive()
    stop()
    hand.dispatch_at()
    (delivery,) = endpoint.at()

    def fail(event: StatusEvent) -> None:
        raise RuntimeError("the shop's database is away")

    with pytest.raises(RuntimeError):
        receiver.take(delivery.headers, delivery.body, act=fail)
    assert receiver.last_seq == 0
    assert isinstance(receiver.take(delivery.headers, delivery.body), StatusEvent)


def test_it_believes_the_registrys_own_signature_without_a_secret(receive, endpoint, stream, stop, hand) -> None:
    stop()
    hand.dispatch_at()
    (delivery,) = endpoint.at()
    assert isinstance(receive(secrets=()).take(delivery.headers, delivery.body), StatusEvent)
    signer = current_signer()
    pinned = receive(secrets=(), keys={signer.verification_method: signer.public_key})
    assert isinstance(pinned.take(delivery.headers, delivery.body), StatusEvent)


def test_it_refuses_what_is_not_the_registrys_or_not_meant_for_it(receive, endpoint, stream, stop, hand) -> None:
    stop()
    hand.dispatch_at()
    (delivery,) = endpoint.at()
    stranger = PrivateKey.generate().public_key
    method = current_signer().verification_method
    changed = delivery.body.replace(b'"seq":1', b'"seq":2')
    body = json.loads(delivery.body)
    head, payload, signature = body["data"]["token"].split(".")
    forged = f"{head}.{payload}.{signature[:-6]}AAAAAA"
    attempts = {
        "wrong secret": lambda: receive(secrets=[new_secret(32)]).take(delivery.headers, delivery.body),
        "another audience": lambda: receive(audience="https://else.example").take(delivery.headers, delivery.body),
        "changed body": lambda: receive().take(delivery.headers, changed),
        "no headers": lambda: receive().take({}, delivery.body),
        "too late": lambda: receive(clock=lambda: now() + timedelta(minutes=6)).take(delivery.headers, delivery.body),
        "another key pinned": lambda: receive(keys={"did:web:else#key-1": stranger}).take_token(body["data"]["token"]),
        "a stranger's key pinned": lambda: receive(keys={method: stranger}).take_token(body["data"]["token"]),
        "forged signature": lambda: receive().take_token(forged),
        "no token": lambda: receive().take_token("x"),
        "no body": lambda: receive().take(delivery.headers, b"[]"),
    }
    for what, attempt in attempts.items():
        with pytest.raises(NotVerified):
            print(what, attempt())


def test_it_says_when_what_it_missed_is_not_kept_any_more(receive, stream, change, at) -> None:
    change(2)
    follow(at)
    stream.events.filter(seq=1).update(created_at=at - KEPT - timedelta(days=1))
    forget_old_events(at=at)
    receiver = receive()
    with pytest.raises(Refused) as refusal:
        receiver.catch_up()
    assert refusal.value.code == "status_events_expired"
    receiver.go_on_from(refusal.value.problem["first_seq"] - 1)
    assert [event.seq for event in receiver.catch_up()] == [2]


def test_it_says_when_it_has_heard_nothing_for_too_long(receive) -> None:
    instant = [now()]
    receiver = receive(clock=lambda: instant[0])
    assert not receiver.is_silent
    instant[0] += timedelta(seconds=121)
    assert receiver.is_silent


def test_it_reads_a_stream_of_server_sent_events(receive, stream, stop, at) -> None:
    stop()
    follow(at)
    token = stream.events.get().token
    lines = [b"retry: 1000\n", b"\n", b"id: 1\n", b"event: agent-status-change\n"]
    lines += [f"data: {json.dumps({'seq': 1, 'token': token})}\n".encode(), b"\n"]
    (outcome,) = receive().take_stream(lines)
    assert isinstance(outcome, StatusEvent)
