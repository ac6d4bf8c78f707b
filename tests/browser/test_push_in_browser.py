"""Web Push in a real browser: it asks, hands in its subscription, shows what it is sent and opens what it is about.

Only the maker's push service is stood in for: there is none without a network. What the browser is sent goes in by its
own debugging door, where a message of that service would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from identity.accounts.models import User
from identity.primitives.clock import now
from registry.notices.models import PushDevice
from registry.notices.sending import send_due
from tests.browser.test_accessibility import look_at
from tests.notices.browsers import Browser, PushService, push_service

if TYPE_CHECKING:
    from playwright.sync_api import Page

ADDRESS = "/console/notices/"
SUBSCRIBING = """
(() => {
  const made = %s;
  let kept = JSON.parse(sessionStorage.getItem("kept") || "null");
  const subscription = (about) => ({
    endpoint: about.endpoint, toJSON: () => about,
    unsubscribe: async () => { kept = null; sessionStorage.setItem("kept", "null"); window.unsubscribed = true; },
  });
  PushManager.prototype.subscribe = async function (wish) {
    if (!wish.userVisibleOnly || wish.applicationServerKey.length !== 65) throw new Error("not as asked");
    kept = made;
    sessionStorage.setItem("kept", JSON.stringify(made));
    return subscription(made);
  };
  PushManager.prototype.getSubscription = async () => (kept ? subscription(kept) : null);
  Notification.requestPermission = async () => "%s";
  Object.defineProperty(Notification, "permission", { get: () => "default" });
})();
"""


@pytest.fixture
def service(settings: Any) -> Iterator[PushService]:
    with push_service() as known:
        settings.FETCH_ALLOW_ADDRESSES = [known.address]
        yield known


@pytest.fixture
def keys() -> Browser:
    return Browser()


@pytest.fixture
def page_of(open_page: Callable[..., Page], alice: User, service: PushService, keys: Browser) -> Callable[..., Page]:
    def opened(*, answer: str = "granted", **window: Any) -> Page:
        page = open_page(user=alice, **window)
        made = {"endpoint": service.url(), "keys": {"p256dh": keys.p256dh, "auth": keys.auth}}
        page.add_init_script(SUBSCRIBING % (json.dumps(made), answer))
        page.goto(ADDRESS)
        return page

    return opened


def test_a_phone_is_added_gets_a_test_and_is_removed(
    page_of: Callable[..., Page], service: PushService, keys: Browser
) -> None:
    page = page_of(width=375)
    page.get_by_role("button", name="Get notices on this device").click()
    page.get_by_text("This device gets your notices now.").wait_for()
    page.get_by_text("this device", exact=True).wait_for()
    assert page.get_by_role("button", name="Get notices on this device").is_hidden()
    page.get_by_role("button", name="Send a test").click()
    page.get_by_text("A test is on its way").wait_for()
    assert send_due(clock=now) >= 1
    assert keys.shown(service.messages[0].body)["title"] == "Notices reach this device"
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Removed.").wait_for()
    page.get_by_role("button", name="Get notices on this device").wait_for()
    assert not PushDevice.objects.exists()


def test_a_browser_that_says_no_is_told_what_to_do(page_of: Callable[..., Page]) -> None:
    page = page_of(answer="denied")
    page.get_by_role("button", name="Get notices on this device").click()
    page.get_by_text("Notices of this site are blocked").wait_for()
    assert not PushDevice.objects.exists()


def test_without_script_it_explains_itself_and_keeps_choices(open_page: Callable[..., Page], alice: User) -> None:
    page = open_page(user=alice, width=375, script=False)
    page.goto(ADDRESS)
    assert page.get_by_text("Only the browser itself can offer to show notices").is_visible()
    assert page.get_by_role("button", name="Get notices on this device").is_hidden()
    page.get_by_label("Quiet from").fill("22:00")
    page.get_by_label("until", exact=False).last.fill("07:00")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("Saved.").is_visible()


def test_the_page_is_accessible(open_page: Callable[..., Page], alice: User, at: Any) -> None:
    PushDevice.objects.create(
        user=alice,
        endpoint="https://push.example/1",
        p256dh="p",
        auth="a",
        label="Firefox on Android",
        created_at=at,
        failures=2,
        last_failure="the push service answered 503",
    )
    assert look_at(open_page(user=alice), [ADDRESS]) == {}


def test_the_worker_shows_what_it_is_sent_and_opens_it(open_page: Callable[..., Page], alice: User) -> None:
    page = open_page(user=alice)
    page.context.grant_permissions(["notifications"])
    page.goto(ADDRESS)
    page.evaluate("navigator.serviceWorker.register('/sw.js', {scope: '/'}).then(() => navigator.serviceWorker.ready)")
    door = page.context.new_cdp_session(page)
    found: list[str] = []
    door.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: found.extend(one["registrationId"] for one in said["registrations"]),
    )
    door.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    sent = {
        "title": "May it spend 40.00 EUR?",
        "body": "Planner asks.",
        "link": "/console/",
        "tag": "t",
        "is_urgent": True,
    }
    origin = page.evaluate("location.origin")
    door.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[-1], "data": json.dumps(sent)},
    )
    shown = page.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.ready;
          for (let tries = 0; tries < 50; tries++) {
            const [one] = await registration.getNotifications();
            if (one) return {title: one.title, body: one.body, link: one.data.link, stays: one.requireInteraction};
            await new Promise((wake) => setTimeout(wake, 100));
          }
        }"""
    )
    assert shown == {"title": sent["title"], "body": sent["body"], "link": "/console/", "stays": True}
