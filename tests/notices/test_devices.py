"""A person's devices: what is taken for one, whose it is, and that she hears of a new one."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from identity.accounts.models import User
from identity.credentials.issuers import reencrypt_registry_keys
from identity.credentials.sealing import unseal
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput, TooMany, Unavailable
from registry.notices.devices import add_device, remove_device, send_test
from registry.notices.limits import DEVICES_PER_PERSON_MAX, TESTS_PER_DAY_MAX
from registry.notices.models import Delivery, Notice, PushDevice, VapidKey
from registry.notices.vapid import public_key, vapid
from registry.notices.web_push import point_of, to_base64url
from tests.notices.browsers import Browser

ENDPOINT = "https://push.example/send/1"


def by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


def added(user: User, at: datetime, endpoint: str = ENDPOINT, **changes: Any) -> PushDevice:
    browser = Browser()
    keys = {"p256dh": browser.p256dh, "auth": browser.auth, "label": "Firefox on Android", **changes}
    return add_device(user=user, endpoint=endpoint, actor=by(user), at=at, **keys)


def test_she_is_told_by_mail_of_a_new_device(alice: User, at: datetime) -> None:
    device = added(alice, at)
    notice = Notice.objects.get(user=alice)
    assert notice.kind == "account"
    assert "Firefox on Android" in notice.body
    assert list(notice.deliveries.values_list("channel", flat=True)) == ["mail"]
    event = Event.objects.get(kind="device.added")
    assert (event.subject, event.payload) == (device.pk, {})


def test_the_same_browser_is_one_device(alice: User, at: datetime) -> None:
    first = added(alice, at)
    PushDevice.objects.update(failures=3, last_failure="x")
    again = added(alice, at)
    assert first.pk == again.pk
    again.refresh_from_db()
    assert (again.failures, again.last_failure) == (0, "")
    assert again.auth != first.auth
    assert Notice.objects.count() == 1


def test_a_browser_in_which_somebody_else_signed_in_is_hers_from_then_on(alice: User, bob: User, at: datetime) -> None:
    of_alice = added(alice, at)
    of_bob = added(bob, at)
    assert not PushDevice.objects.filter(pk=of_alice.pk).exists()
    assert PushDevice.objects.get().pk == of_bob.pk
    assert Event.objects.get(kind="device.removed").payload == {"reason": "taken_over"}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/1",
        "https://127.0.0.1/1",
        "https://169.254.169.254/latest",
        "https://[::1]/1",
        "https://10.0.0.1/1",
        "https://push.example:8443/1",
        "https://user:pass@push.example/1",
        "https://0x7f000001/1",
        "ftp://push.example/1",
        "//push.example/1",
        "",
        "https://push.example/" + "x" * 1_000,
        "https://push.example/\r\nHost: x",
    ],
)
def test_it_takes_no_address_that_nothing_may_be_sent_to(alice: User, at: datetime, endpoint: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        added(alice, at, endpoint)
    assert refused.value.code == "device_refused"


@pytest.mark.parametrize("keys", [{"p256dh": "x"}, {"auth": "x"}, {"p256dh": ""}, {"auth": "ü" * 22}])
def test_it_takes_no_keys_that_are_none(alice: User, at: datetime, keys: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        added(alice, at, **keys)


def test_there_is_an_end_to_devices(alice: User, at: datetime) -> None:
    for number in range(DEVICES_PER_PERSON_MAX):
        added(alice, at, f"{ENDPOINT}{number}")
    with pytest.raises(Conflict) as refused:
        added(alice, at, "https://push.example/one-more")
    assert refused.value.code == "too_many_devices"


def test_removing_takes_what_waits_with_it_and_twice_is_once(alice: User, at: datetime) -> None:
    device = added(alice, at)
    send_test(device=device, at=at)
    for _ in range(2):
        remove_device(device=device, reason="by_person", actor=by(alice), at=at)
    assert Event.objects.filter(kind="device.removed").count() == 1
    assert not Delivery.objects.filter(channel="push").exists()


def test_a_test_goes_to_that_device_alone(alice: User, at: datetime) -> None:
    device = added(alice, at)
    added(alice, at, "https://push.example/other")
    notice = send_test(device=device, at=at)
    assert notice is not None
    assert [one.device_id for one in notice.deliveries.all()] == [device.pk]
    assert send_test(device=device, at=at) is None  # a double click


def test_there_is_an_end_to_tests(alice: User, at: datetime) -> None:
    device = added(alice, at)
    for number in range(TESTS_PER_DAY_MAX):
        Notice.objects.create(user=alice, kind="test", key=str(number), title="T", link="/", way="out", created_at=at)
    with pytest.raises(TooMany):
        send_test(device=device, at=at + timedelta(microseconds=1))


def test_the_registrys_key_is_made_once_and_sealed(db: None, at: datetime) -> None:
    key = vapid(at=at)
    assert public_key(at=at) == key.public_key == to_base64url(point_of(key.private_key.public_key()))
    row = VapidKey.objects.get()
    assert b"PRIVATE KEY" not in bytes(row.private_key_encrypted)
    with pytest.raises(Unavailable):
        unseal(bytes(row.private_key_encrypted), master_keys=[b"\x00" * 32], label="vapid")


def test_it_is_sealed_anew_under_another_master_key(db: None, at: datetime, settings: Any) -> None:
    before = vapid(at=at)
    settings.MASTER_KEY_PREVIOUS, settings.MASTER_KEY = settings.MASTER_KEY, "A" * 43 + "="
    assert reencrypt_registry_keys() >= 1
    settings.MASTER_KEY_PREVIOUS = ""
    assert vapid(at=at).public_key == before.public_key


@pytest.mark.django_db(transaction=True)
def test_two_first_uses_at_once_make_one_key(at: datetime) -> None:
    found: list[str] = []

    def use() -> None:
        try:
            found.append(public_key(at=at))
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 4
