"""What a subscribed vendor gets when an agent it deals with is stopped, and in which order."""

from __future__ import annotations

import pytest

from registry.push.models import DeliveryState, StatusEvent

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_tells_a_vendor_with_a_dealing(endpoint, subscribe, bought, stop, hand) -> None:
    subscribe(endpoint.url())
    stop()
    hand.dispatch_at()
    (delivery,) = endpoint.at()
    assert delivery.type == "agent-status-change"
    assert delivery.data["seq"] == 1
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["webhook-id"] == delivery.data["jti"]
    event = StatusEvent.objects.get()
    assert event.state == DeliveryState.DELIVERED
    assert (event.tries, event.pk) == (1, delivery.data["jti"])


def test_it_sends_in_order_and_the_rest_after_a_failure(endpoint, subscribe, bought, change, hand) -> None:
    stream = subscribe(endpoint.url())
    change(4)
    endpoint.statuses["/events"] = [202, 500]
    hand.dispatch_at()
    assert endpoint.seqs() == [1, 2]
    stream.refresh_from_db()
    assert (stream.failures, stream.last_failure) == (1, "it answered 500")
    hand.dispatch_at(2)
    assert endpoint.seqs() == [1, 2]
    hand.dispatch_at(8)
    assert endpoint.seqs() == [1, 2, 2, 3, 4]
    stream.refresh_from_db()
    assert (stream.failures, stream.failing_since, stream.last_failure) == (0, None, "")
