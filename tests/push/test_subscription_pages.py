"""The console's pages of status events, as a browser without scripts uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import User
from identity.accounts.organizations import add_member
from identity.journal.actor import system
from registry.push.models import Subscription
from tests.page_fixtures import signed_in
from tests.push.conftest import follow

__all__ = ["signed_in"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in: Callable[[User], Client], charlie: User) -> Client:
    return signed_in(charlie)


@pytest.fixture
def base(seller: Any) -> str:
    return f"/console/{seller.pk}/subscriptions/"


def test_it_shows_a_secret_once(browser, base) -> None:
    assert "Nobody tells you yet" in browser.get(base).text
    made = browser.post(f"{base}new/", {"delivery": "webhook", "endpoint": "https://shop.example/attorn"})
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", made.text)
    assert secret is not None
    subscription = Subscription.objects.get()
    shown = browser.get(f"{base}{subscription.pk}/")
    assert shown.status_code == 200
    assert secret[0] not in shown.text
    assert "https://shop.example/attorn" in browser.get(base).text


@pytest.mark.parametrize(
    "endpoint",
    ["http://shop.example/x", "https://127.0.0.1/x", "https://10.0.0.8/", "https://localhost/", "https://a@b.example/"],
)
def test_it_refuses_an_endpoint_within_and_says_why(browser, base, endpoint) -> None:
    refused = browser.post(f"{base}new/", {"delivery": "webhook", "endpoint": endpoint})
    assert refused.status_code == 422
    assert "cannot be called" in refused.text
    assert not Subscription.objects.exists()


def test_it_shows_deliveries_and_sends_the_dead_ones_again(browser, base, subscribe, bought, stop, at) -> None:
    subscription = subscribe("https://shop.example/attorn")
    stop()
    follow(at)
    event = subscription.events.get()
    subscription.events.update(state="dead", tries=8, last_failure="it answered 500")
    page = browser.get(f"{base}{subscription.pk}/").text
    assert "Given up" in page
    assert "it answered 500" in page
    browser.post(f"{base}{subscription.pk}/replay/", {"event": event.pk})
    event.refresh_from_db()
    assert (event.state, event.tries) == ("pending", 0)


def test_it_pauses_resumes_rotates_and_ends(browser, base, subscribe) -> None:
    subscription = subscribe("https://shop.example/attorn")
    one = f"{base}{subscription.pk}/"
    browser.post(f"{one}pause/")
    assert "Resume" in browser.get(one).text
    browser.post(f"{one}resume/")
    assert "whsec_" in browser.post(f"{one}secret/", {"overlap": "3600"}).text
    subscription.refresh_from_db()
    assert subscription.previous_secret_until is not None
    changed = {"endpoint": "https://shop.example/new", "has_dealings": "on", "event_types": ["key-compromised"]}
    assert browser.post(one, changed).status_code == 302
    subscription.refresh_from_db()
    assert (subscription.endpoint, subscription.event_types) == ("https://shop.example/new", ["key-compromised"])
    assert subscription.audience == "https://shop.example/new"
    browser.post(f"{one}end/")
    assert not Subscription.objects.exists()


def test_it_lets_an_auditor_look_and_change_nothing(signed_in, make_person, acme, subscribe, at) -> None:
    dora = make_person("Dora")
    add_member(organization=acme, user=dora, role="auditor", actor=system("tests"), at=at)
    browser = signed_in(dora)
    subscription = subscribe("https://acme.example/attorn", organization=acme)
    one = f"/console/{acme.pk}/subscriptions/{subscription.pk}/"
    assert "Deliveries" in browser.get(one).text
    assert browser.post(one, {"endpoint": "https://evil.example/"}).status_code == 403
    assert browser.post(f"{one}end/").status_code == 403
    subscription.refresh_from_db()
    assert subscription.endpoint == "https://acme.example/attorn"


def test_it_is_not_there_for_strangers(signed_in, mallory, base, subscribe) -> None:
    subscription = subscribe("https://shop.example/attorn")
    browser = signed_in(mallory)
    for path in ("", "new/", f"{subscription.pk}/"):
        assert browser.get(f"{base}{path}").status_code == 404
    for path in ("secret/", "pause/", "replay/", "end/"):
        assert browser.post(f"{base}{subscription.pk}/{path}").status_code == 404
    assert Subscription.objects.count() == 1
