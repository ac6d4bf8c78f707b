"""Whose language and whose clock a page follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from identity.accounts.models import Organization, User
from identity.accounts.preferences import choose_preferences
from identity.accounts.reading import in_the_words_of
from identity.primitives.errors import InvalidInput
from registry.web.templatetags.moments import moment_words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_it_speaks_as_the_browser_asks(client: Client) -> None:
    page = client.get("/", headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de"' in page.text
    assert page.headers["Content-Language"] == "de"
    assert '<html lang="en"' in client.get("/", headers={"accept-language": "fr"}).text


def test_it_tells_caches_that_the_page_depends_on_language_and_cookies(client: Client) -> None:
    vary = client.get("/").headers["Vary"]
    assert "Accept-Language" in vary
    assert "Cookie" in vary


def test_it_keeps_a_strangers_choice_in_a_cookie(client: Client) -> None:
    page = client.post("/language/", {"language": "de", "next": "/how-it-works/"})
    assert page.headers["Location"] == "/how-it-works/"
    assert '<html lang="de"' in client.get("/").text
    client.post("/language/", {"language": "en"})
    assert '<html lang="en"' in client.get("/", headers={"accept-language": "de"}).text


@pytest.mark.parametrize("language", ["", "xx", "de-de", '"><script>'])
def test_it_takes_no_language_it_does_not_speak(client: Client, language: str) -> None:
    assert client.post("/language/", {"language": language}).status_code == 302
    assert "language" not in client.cookies


def test_it_refuses_to_lead_to_another_site(client: Client) -> None:
    page = client.post("/language/", {"language": "de", "next": "//evil.example/"})
    assert page.headers["Location"] == "/"


def test_it_keeps_the_choice_of_a_login_on_every_device(alice: User, signed_in: Callable[[User], Client]) -> None:
    signed_in(alice).post("/language/", {"language": "de"})
    elsewhere = signed_in(alice)
    assert '<html lang="de"' in elsewhere.get("/accounts/", headers={"accept-language": "en"}).text


def test_it_shows_times_on_the_clock_of_the_browser_until_a_zone_is_chosen(
    acme: Organization, alice: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(alice)
    client.cookies["zone"] = "Asia/Tokyo"
    assert "(Asia/Tokyo)" in client.get("/accounts/preferences/").text
    client.post("/accounts/preferences/", {"language": "", "time_zone": "Europe/Berlin"})
    page = client.get("/accounts/preferences/").text
    assert "(Europe/Berlin)" in page
    assert "(Asia/Tokyo)" not in page


@pytest.mark.parametrize("cookie", ["../../etc/passwd", "Europe/Atlantis", "/etc/localtime", "localtime", "x" * 5000])
def test_it_ignores_a_zone_that_does_not_exist(client: Client, cookie: str) -> None:
    client.cookies["zone"] = cookie
    assert client.get("/").status_code == 200


def test_it_refuses_a_zone_that_does_not_exist(alice: User, signed_in: Callable[[User], Client]) -> None:
    page = signed_in(alice).post("/accounts/preferences/", {"language": "de", "time_zone": "Europe/Atlantis"})
    assert page.status_code == 200
    alice.refresh_from_db()
    assert (alice.language, alice.time_zone) == ("", "")


def test_it_answers_programs_in_english(client: Client) -> None:
    page = client.get("/v1/agents", headers={"accept-language": "de"})
    assert page.headers["Content-Language"] == "en"


def test_it_shows_hours_as_she_counts_them_and_nobody_elses(
    acme: Organization, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    hers, his = signed_in(alice), signed_in(bob)
    sent = {"language": "", "time_zone": "Europe/Berlin", "clock": "12"}
    assert hers.post("/accounts/preferences/", sent).status_code == 302
    twelve = re.compile(r">\d+ \w+ \d{4}, \d{1,2}:\d\d [AP]M<")
    assert twelve.search(hers.get("/accounts/preferences/").text)
    assert not twelve.search(his.get("/accounts/preferences/").text)
    hers.post("/language/", {"language": "en"})
    alice.refresh_from_db()
    assert (alice.clock, alice.language) == ("12", "en")
    with in_the_words_of(alice):
        assert moment_words(datetime(2026, 5, 4, 12, 30, tzinfo=UTC)) == "4 May 2026, 2:30 PM"
    with in_the_words_of(None):
        assert moment_words(datetime(2026, 5, 4, 12, 30, tzinfo=UTC)) == "4 May 2026, 12:30 UTC"


def test_it_knows_no_other_clock(alice: User, signed_in: Callable[[User], Client]) -> None:
    refused = signed_in(alice).post("/accounts/preferences/", {"language": "", "time_zone": "", "clock": "10"})
    assert "clock" in refused.context["form"].errors
    with pytest.raises(InvalidInput) as refusal:
        choose_preferences(user=alice, language="", time_zone="", clock="10")
    assert refusal.value.code == "clock_unknown"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(clock="10")
