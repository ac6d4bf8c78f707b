"""The page of notices: what somebody chooses is kept, her devices are hers, and the worker may show them everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from identity.accounts.models import User
from registry.notices.kinds import CHOSEN, NoticeKind
from registry.notices.models import Notice, NoticeChoice, NoticeSettings, PushDevice
from registry.notices.preferences import Ways, Wish, choose_notices, wish_of
from registry.web.device_names import device_name
from tests.notices.browsers import Browser

pytestmark = pytest.mark.django_db
ADDRESS = "/console/notices/"
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"


@pytest.fixture
def by_alice(alice: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(alice)


@pytest.fixture
def subscription() -> dict[str, str]:
    browser = Browser()
    return {"endpoint": "https://push.example/1", "p256dh": browser.p256dh, "auth": browser.auth}


def wish(**changes: Any) -> dict[str, Any]:
    return {"daily_max": "10", "quiet_from": "", "quiet_until": "", **changes}


def test_it_shows_every_kind_that_can_be_chosen(by_alice: Client) -> None:
    page = by_alice.get(ADDRESS)
    assert page.status_code == 200
    for kind in CHOSEN:
        assert f'name="mail_{kind}"' in page.text
    assert "None yet." in page.text
    assert "0 of at most 10 notices sent." in page.text


def test_it_asks_the_database_little(
    by_alice: Client, alice: User, at: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        PushDevice.objects.create(
            user=alice, endpoint=f"https://push.example/{number}", p256dh="p", auth="a", label="Phone", created_at=at
        )
    by_alice.get(ADDRESS)  # makes the registry's key
    with django_assert_max_num_queries(12):
        by_alice.get(ADDRESS)


def test_it_keeps_what_she_chose(by_alice: Client, alice: User) -> None:
    given = wish(mail_approval="on", push_new_vendor="on", quiet_from="22:00", quiet_until="07:00", daily_max="5")
    assert by_alice.post(ADDRESS, given).headers["Location"] == ADDRESS
    kept = wish_of(alice)
    assert kept.ways[NoticeKind.APPROVAL] == Ways(True, False)
    assert kept.ways[NoticeKind.NEW_VENDOR] == Ways(False, True)
    assert kept.ways[NoticeKind.DECLINES] == Ways(False, False)
    assert (kept.quiet_from, kept.quiet_until, kept.daily_max) == (time(22), time(7), 5)
    page = by_alice.get(ADDRESS).text
    assert 'name="quiet_from" value="22:00"' in page
    by_alice.post(ADDRESS, wish())
    assert wish_of(alice).quiet_from is None
    assert NoticeChoice.objects.filter(user=alice).count() == len(CHOSEN)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quiet_from": "22:00"}, "Quiet hours need a beginning and an end."),
        ({"quiet_until": "22:00"}, "Quiet hours need a beginning and an end."),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "Quiet hours end at another time than they begin."),
        ({"quiet_from": "25:99", "quiet_until": "07:00"}, "Enter a valid time."),
        ({"daily_max": "1000000"}, "Select a valid choice."),
        ({"daily_max": ""}, "This field is required."),
    ],
)
def test_it_says_what_makes_no_sense(by_alice: Client, changes: dict[str, str], sentence: str) -> None:
    page = by_alice.post(ADDRESS, wish(**changes))
    assert page.status_code == 422
    assert sentence in page.text
    assert not NoticeSettings.objects.exists()


def test_a_choice_that_is_not_offered_is_refused(alice: User) -> None:
    from identity.primitives.errors import InvalidInput

    with pytest.raises(InvalidInput):
        choose_notices(user=alice, wish=Wish({NoticeKind.TEST: Ways(True, True)}, None, None, 10))


def test_quiet_hours_are_kept_on_the_clock_she_saw(by_alice: Client, alice: User) -> None:
    alice.time_zone = "Europe/Berlin"
    alice.save()
    by_alice.post(ADDRESS, wish(quiet_from="22:00", quiet_until="07:00"))
    alice.refresh_from_db()
    assert alice.time_zone == "Europe/Berlin"
    assert "By the clock of Europe/Berlin." in by_alice.get(ADDRESS).text


def test_what_was_held_back_is_counted(by_alice: Client, alice: User, at: datetime) -> None:
    for number, way in enumerate(["out", "limit", "limit"]):
        Notice.objects.create(user=alice, kind="cap_near", key=str(number), title="T", link="/", way=way, created_at=at)
    page = by_alice.get(ADDRESS).text
    assert "1 of at most 10 notices sent." in page
    assert "2 held back." in page


def test_a_device_is_added_shown_tested_and_removed(
    by_alice: Client, alice: User, subscription: dict[str, str]
) -> None:
    assert by_alice.post(f"{ADDRESS}devices/", subscription, headers={"User-Agent": FIREFOX}).status_code == 302
    device = PushDevice.objects.get(user=alice)
    page = by_alice.get(ADDRESS).text
    assert "Firefox · Android" in page
    assert device.endpoint not in page  # whoever reads it over her shoulder could silence or flood the device
    assert by_alice.post(f"{ADDRESS}devices/{device.pk}/test").status_code == 302
    assert Notice.objects.get(kind="test").deliveries.get().device_id == device.pk
    for _ in range(2):  # a double click
        assert by_alice.post(f"{ADDRESS}devices/{device.pk}/remove").headers["Location"] == ADDRESS
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": ""},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "x" * 5_000},
        {"p256dh": "\x00"},
        {"auth": "nonsense"},
    ],
)
def test_what_is_no_subscription_is_not_taken(
    by_alice: Client, subscription: dict[str, str], changes: dict[str, str]
) -> None:
    page = by_alice.post(f"{ADDRESS}devices/", {**subscription, **changes}, follow=True)
    assert "no push subscription" in page.text
    assert not PushDevice.objects.exists()


def test_a_device_of_somebody_else_is_none(
    by_alice: Client, bob: User, signed_in: Callable[[User], Client], subscription: dict[str, str]
) -> None:
    by_alice.post(f"{ADDRESS}devices/", subscription)
    device = PushDevice.objects.get()
    by_bob = signed_in(bob)
    assert by_bob.post(f"{ADDRESS}devices/{device.pk}/test").status_code == 404
    by_bob.post(f"{ADDRESS}devices/{device.pk}/remove")
    assert PushDevice.objects.filter(pk=device.pk).exists()


def test_it_asks_anybody_else_to_sign_in(client: Client) -> None:
    assert client.get(ADDRESS).headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}devices/", f"{ADDRESS}devices/dev_x/remove"])
def test_who_was_signed_out_meanwhile_is_told_and_led_back(client: Client, address: str) -> None:
    page = client.post(address, wish(), follow=True)
    assert page.redirect_chain == [(f"/accounts/login/?next={ADDRESS}", 302)]
    assert "You were signed out, and nothing was saved." in page.text


def test_during_quiet_hours_it_says_so(by_alice: Client, alice: User) -> None:
    here = datetime.now(UTC)
    NoticeSettings.objects.create(
        user=alice,
        quiet_from=(here - timedelta(hours=1)).time().replace(second=0, microsecond=0),
        quiet_until=(here + timedelta(hours=1)).time().replace(second=0, microsecond=0),
    )
    assert "Quiet hours. What can wait is sent at" in by_alice.get(ADDRESS).text


def test_the_worker_may_show_notices_for_every_page(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert "showNotification" in answer.text
    assert "fetch(" not in answer.text


def test_the_console_can_be_put_on_a_home_screen(client: Client) -> None:
    page = client.get("/accounts/login/").text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    said = client.get("/manifest.webmanifest")
    assert said.headers["Content-Type"] == "application/manifest+json"
    assert (said.json()["start_url"], said.json()["display"]) == ("/console/", "standalone")
    for icon in said.json()["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/"))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (FIREFOX, "Firefox · Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
            "Safari/537.36 Edg/141.0.0.0",
            "Edge · Windows",
        ),
        ("curl/8", "Browser"),
        ("", "Browser"),
    ],
)
def test_it_calls_a_device_by_what_she_knows_it_as(said: str, name: str) -> None:
    assert device_name(said) == name
