"""Receivers in trouble on the desk: who they are, what was given up for them, and sending it again."""

from __future__ import annotations

from datetime import datetime

import pytest

from identity.accounts.models import Organization, User
from identity.journal.models import Event
from registry.push.models import Delivery, DeliveryState, StatusEvent, Subscription
from tests.desk_people import SignIn, at_the_desk  # noqa: F401 - a fixture
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
PAGE = "/desk/deliveries/"


@pytest.fixture
def receiver(acme: Organization, at: datetime) -> Subscription:
    """A receiver that has failed four times, with two events given up and one delivered."""
    subscription = Subscription.objects.create(
        organization=acme,
        delivery=Delivery.WEBHOOK,
        endpoint="https://acme.example/events",
        audience="https://acme.example/events",
        secret_sealed=b"sealed",
        last_seq=3,
        failures=4,
        failing_since=at,
        last_failure="500 from the receiver",
    )
    states = (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.DEAD)
    for seq, state in enumerate(states, start=1):
        StatusEvent.objects.create(
            subscription=subscription,
            seq=seq,
            source=f"evt_{seq}",
            part="x",
            event_type="agent-status-change",
            token="signed",
            created_at=at,
            queued_at=at,
            state=state,
            delivered_at=at if state == DeliveryState.DELIVERED else None,
            tries=12,
            last_failure="500 from the receiver",
        )
    return subscription


def test_it_says_that_everything_arrived(olga: User, at_the_desk: SignIn) -> None:  # noqa: F811
    page = at_the_desk(olga).get(PAGE).text
    assert "everything has arrived" in page
    assert inline_code(page) == []


def test_it_shows_who_is_in_trouble(olga: User, receiver: Subscription, at_the_desk: SignIn) -> None:  # noqa: F811
    page = at_the_desk(olga).get(PAGE).text
    assert "https://acme.example/events" in page
    assert "4 failed tries" in page
    assert "Send 2 again" in page
    assert page.count("agent-status-change") == 2
    assert "sealed" not in page


def test_it_sends_what_was_given_up_again(olga: User, receiver: Subscription, at_the_desk: SignIn) -> None:  # noqa: F811
    client = at_the_desk(olga)
    page = client.post(f"{PAGE}{receiver.pk}/replay/", follow=True).text
    assert "2 events are sent again." in page
    assert not StatusEvent.objects.filter(state=DeliveryState.DEAD).exists()
    replayed = Event.objects.get(actor=f"operator:{olga.pk}")
    assert (replayed.subject, replayed.payload["count"]) == (receiver.pk, 2)
    assert "nothing to send again" in client.post(f"{PAGE}{receiver.pk}/replay/", follow=True).text
    assert client.post(f"{PAGE}sub_other/replay/").status_code == 404
