"""What waits is sent, to the right device, with what a push service asks for; a failure is tried again, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend

from identity.accounts.models import Membership, Organization, User
from identity.journal.models import Event
from registry.notices.kinds import NoticeKind
from registry.notices.limits import ATTEMPTS_MAX, DEVICE_FAILURES_MAX
from registry.notices.models import Delivery, DeliveryState, Notice, NoticeSettings, PushDevice
from registry.notices.sending import send_due
from registry.notices.tell import tell
from tests.notices.browsers import Browser, PushService, push_service


@pytest.fixture
def service(settings: Any) -> Iterator[PushService]:
    with push_service() as known:
        settings.FETCH_ALLOW_ADDRESSES = [known.address]
        yield known


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def phone(alice: User, service: PushService, browser: Browser, at: datetime) -> PushDevice:
    return PushDevice.objects.create(
        user=alice,
        endpoint=service.url(),
        p256dh=browser.p256dh,
        auth=browser.auth,
        label="Phone",
        created_at=at,
    )


@pytest.fixture
def said(alice: User, at: datetime) -> Callable[..., Notice]:
    def say(kind: NoticeKind = NoticeKind.NEW_VENDOR, key: str = "k", **more: Any) -> Notice:
        words = {"title": "Planner buys at Nordlicht", "body": "40.00 EUR", "link": "/console/"}
        found = tell(user=alice, kind=kind, key=key, **{"organization": None, "at": at, **words, **more})
        assert found is not None
        return found

    return say


def states() -> list[str]:
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_the_phone_opens_what_was_told(
    phone: PushDevice, service: PushService, browser: Browser, said: Callable[..., Notice], at: datetime
) -> None:
    said()
    assert send_due(clock=lambda: at) == 1
    (message,) = service.messages
    shown = browser.shown(message.body)
    assert (shown["title"], shown["body"], shown["link"]) == ("Planner buys at Nordlicht", "40.00 EUR", "/console/")
    assert message.headers["content-encoding"] == "aes128gcm"
    assert message.headers["authorization"].startswith("vapid t=")
    assert (message.headers["urgency"], message.headers["ttl"]) == ("normal", "86400")
    phone.refresh_from_db()
    assert phone.last_success_at == at


def test_a_question_is_urgent_and_kept_no_longer_than_it_lives(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    said(NoticeKind.APPROVAL, until=at + timedelta(minutes=15))
    send_due(clock=lambda: at)
    headers = service.messages[0].headers
    assert (headers["urgency"], headers["ttl"]) == ("high", "900")
    assert len(headers["topic"]) == 32


def test_nothing_is_sent_twice(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    said()
    assert send_due(clock=lambda: at) == 1
    assert send_due(clock=lambda: at + timedelta(hours=1)) == 0
    assert len(service.messages) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_removed(
    status: int, phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    service.statuses["/send/phone"] = [status]
    said()
    send_due(clock=lambda: at)
    assert not PushDevice.objects.exists()
    assert Event.objects.get(kind="device.removed").payload == {"reason": "gone"}
    assert not Delivery.objects.exists()


def test_a_failure_is_tried_again_with_growing_pauses(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    service.statuses["/send/phone"] = [503, 429]
    said()
    assert send_due(clock=lambda: at) == 0
    assert send_due(clock=lambda: at + timedelta(seconds=14)) == 0
    assert len(service.messages) == 1
    assert send_due(clock=lambda: at + timedelta(seconds=15)) == 0
    assert send_due(clock=lambda: at + timedelta(seconds=45)) == 1
    assert states() == [DeliveryState.TAKEN]
    phone.refresh_from_db()
    assert (phone.failures, phone.last_failure) == (0, "")


def test_it_gives_up_in_the_end(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    service.statuses["/send/phone"] = [500] * 20
    said()
    for hour in range(20):
        send_due(clock=lambda hour=hour: at + timedelta(hours=hour))
    assert len(service.messages) == ATTEMPTS_MAX
    assert states() == [DeliveryState.GIVEN_UP]
    phone.refresh_from_db()
    assert phone.last_failure == "the push service answered 500"


def test_what_a_push_service_refuses_is_not_sent_again(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    service.statuses["/send/phone"] = [403]
    said()
    send_due(clock=lambda: at)
    assert states() == [DeliveryState.GIVEN_UP]


def test_a_device_that_never_answers_is_let_go(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    PushDevice.objects.update(failures=DEVICE_FAILURES_MAX - 1)
    service.statuses["/send/phone"] = [500]
    said()
    send_due(clock=lambda: at)
    assert not PushDevice.objects.exists()


def test_no_message_goes_into_the_registrys_own_network(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime, settings: Any
) -> None:
    """The address was allowed when the device was added; what counts is what it leads to now."""
    settings.FETCH_ALLOW_ADDRESSES = []
    said()
    send_due(clock=lambda: at)
    assert service.messages == []
    phone.refresh_from_db()
    assert "only https" in phone.last_failure


def test_a_slow_device_does_not_hold_up_the_others(
    phone: PushDevice, service: PushService, browser: Browser, alice: User, said: Callable[..., Notice], at: datetime
) -> None:
    service.delays["/send/phone"] = 1.0
    PushDevice.objects.create(
        user=alice,
        endpoint=service.url("/send/desk"),
        p256dh=browser.p256dh,
        auth=browser.auth,
        label="Desk",
        created_at=at,
    )
    said()
    assert send_due(clock=lambda: at) == 2


def test_what_waited_in_quiet_hours_comes_as_one(
    phone: PushDevice,
    service: PushService,
    browser: Browser,
    alice: User,
    said: Callable[..., Notice],
    at: datetime,
    mailoutbox: list[Any],
) -> None:
    NoticeSettings.objects.create(user=alice, quiet_from=time(1), quiet_until=time(0, 59))
    for number in range(3):
        said(NoticeKind.CAP_NEAR, key=str(number), title=f"Notice {number}")
    assert send_due(clock=lambda: at) == 0
    assert send_due(clock=lambda: at + timedelta(days=1)) == 6
    (message,) = service.messages
    shown = browser.shown(message.body)
    assert (shown["title"], shown["link"]) == ("3 notices", "/console/alerts/")
    assert shown["body"].splitlines() == ["• Notice 0", "• Notice 1", "• Notice 2"]
    (mail,) = mailoutbox
    assert mail.subject == "3 notices"
    assert "Notice 2" in mail.body


def test_questions_come_each_by_itself(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    for number in range(2):
        said(NoticeKind.APPROVAL, key=str(number), until=at + timedelta(minutes=15))
    send_due(clock=lambda: at)
    assert len(service.messages) == 2


def test_what_is_over_is_not_sent(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime
) -> None:
    said(NoticeKind.APPROVAL, until=at + timedelta(minutes=15))
    send_due(clock=lambda: at + timedelta(minutes=15))
    assert service.messages == []
    assert states() == [DeliveryState.WITHDRAWN] * 2


def test_who_left_the_organization_hears_nothing_more(
    phone: PushDevice, service: PushService, acme: Organization, bob: User, alice: User, at: datetime
) -> None:
    tell(
        user=bob,
        kind=NoticeKind.CAP_NEAR,
        key="k",
        title="T",
        body="B",
        link="/console/",
        organization=acme,
        at=at,
    )
    Membership.objects.filter(user=bob).delete()
    assert send_due(clock=lambda: at) == 0
    assert states() == [DeliveryState.WITHDRAWN]


def test_a_mail_server_that_is_away_is_tried_again(
    alice: User, said: Callable[..., Notice], at: datetime, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> int:
        raise ConnectionRefusedError

    said(NoticeKind.CAP_NEAR)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(EmailBackend, "send_messages", away)
        assert send_due(clock=lambda: at) == 0
    assert send_due(clock=lambda: at + timedelta(seconds=15)) == 1
    assert len(mailoutbox) == 1


def test_a_killed_workers_share_is_somebody_elses_after_a_minute(
    phone: PushDevice, service: PushService, said: Callable[..., Notice], at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registry.notices import sending

    def killed(*_: Any) -> int:
        raise SystemExit

    said()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(sending, "_send_all", killed)
        with pytest.raises(SystemExit):
            send_due(clock=lambda: at)
    assert send_due(clock=lambda: at + timedelta(seconds=59)) == 0
    assert send_due(clock=lambda: at + timedelta(seconds=60)) == 1
