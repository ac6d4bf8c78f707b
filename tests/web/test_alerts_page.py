"""The list of alerts: hers alone, marked as read once, with what was held back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import Organization, Role, User
from identity.primitives.clock import now
from registry.notices.kinds import NoticeKind
from registry.notices.models import Notice, NoticeSettings
from registry.notices.tell import tell
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
PLACE = "/console/alerts/"
READ = "/console/alerts/read"


@pytest.fixture
def told(acme: Organization) -> Callable[..., Notice]:
    """Somebody is told of something; the title is the occasion."""

    def say(user: User, title: str, kind: NoticeKind = NoticeKind.CAP_NEAR, **more: Any) -> Notice:
        values = {"body": "80.00 EUR of 100.00 EUR are used.", "link": "/console/", "organization": acme, "at": now()}
        notice = tell(user=user, kind=kind, key=title, title=title, **{**values, **more})
        assert notice is not None
        return notice

    return say


@pytest.fixture
def browser(signed_in: Callable[[User], Client], alice: User) -> Client:
    return signed_in(alice)


def test_it_shows_hers_newest_first_and_nobody_elses(
    browser: Client, told: Callable[..., Notice], alice: User, bob: User
) -> None:
    for title in ("The first", "The second"):
        told(alice, title)
    told(bob, "Of somebody else")
    page = browser.get(PLACE)
    assert page.status_code == 200
    assert page.text.index("The second") < page.text.index("The first")
    assert "Of somebody else" not in page.text
    assert "Not read (2)" in page.text
    assert "Acme" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert not inline_code(page.text)


def test_it_says_what_an_alert_is_while_there_is_none(browser: Client) -> None:
    page = browser.get(PLACE)
    assert "Quiet so far" in page.text
    assert "first purchase at a vendor" in page.text
    assert "Mark all as read" not in page.text


def test_one_is_marked_as_read_once(browser: Client, told: Callable[..., Notice], alice: User) -> None:
    notice, other = told(alice, "One"), told(alice, "Other")
    answer = browser.post(READ, {"notice": notice.pk, "show": "unread"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{PLACE}?show=unread")
    notice.refresh_from_db()
    first = notice.read_at
    assert first is not None
    browser.post(READ, {"notice": notice.pk})
    notice.refresh_from_db()
    other.refresh_from_db()
    assert (notice.read_at, other.read_at) == (first, None)
    assert "Not read (1)" in browser.get(PLACE).text


def test_all_that_was_shown_is_marked_and_nothing_that_came_since(
    browser: Client, told: Callable[..., Notice], alice: User
) -> None:
    told(alice, "Seen")
    newest = browser.get(PLACE).context["newest"]
    late = told(alice, "Came while she read")
    page = browser.post(READ, {"until": newest}, follow=True)
    assert "1 alert marked as read." in page.text
    assert list(Notice.objects.filter(read_at=None)) == [late]


def test_marking_all_of_a_kind_leaves_the_others(browser: Client, told: Callable[..., Notice], alice: User) -> None:
    kept = told(alice, "Other kind", NoticeKind.DECLINES)
    told(alice, "This kind")
    browser.post(READ, {"until": browser.get(PLACE).context["newest"], "show": "cap_near"})
    assert list(Notice.objects.filter(read_at=None)) == [kept]


def test_nobody_marks_what_is_somebody_elses(
    signed_in: Callable[[User], Client], told: Callable[..., Notice], alice: User, mallory: User
) -> None:
    """Mallory tries the id of Alice's alert, and one that is newer than everything."""
    notice = told(alice, "Alice's")
    stranger = signed_in(mallory)
    for asked in ({"notice": notice.pk}, {"until": "zzz"}):
        stranger.post(READ, asked)
    notice.refresh_from_db()
    assert notice.read_at is None


def test_a_kind_is_shown_alone(browser: Client, told: Callable[..., Notice], alice: User) -> None:
    told(alice, "A limit")
    told(alice, "A refusal", NoticeKind.DECLINES)
    page = browser.get(f"{PLACE}?show=declines").text
    assert "A refusal" in page
    assert "A limit" not in page
    assert "Nothing of this kind" in browser.get(f"{PLACE}?show=new_vendor").text


def test_what_was_held_back_is_said(browser: Client, told: Callable[..., Notice], alice: User) -> None:
    NoticeSettings.objects.create(user=alice, daily_max=1)
    for title in ("One", "Two", "Three"):
        told(alice, title)
    page = browser.get(PLACE).text
    assert "2 stand in this list only" in page
    assert page.count("not sent: enough for that day") == 2
    assert "Sent today: 1 of at most 1." in page


def test_whoever_left_reads_nothing_of_the_organization_any_more(
    browser: Client, told: Callable[..., Notice], alice: User, acme: Organization
) -> None:
    told(alice, "Of Acme")
    told(alice, "Her own", organization=None)
    acme.memberships.exclude(user=alice).update(role=Role.OWNER)
    acme.memberships.filter(user=alice).delete()
    page = browser.get(PLACE).text
    assert "Of Acme" not in page
    assert "Her own" in page
    assert "Not read (1)" in page


def test_the_console_says_how_many_are_not_read(
    browser: Client, told: Callable[..., Notice], alice: User, acme: Organization
) -> None:
    assert 'class="count"' not in browser.get(f"/console/{acme.pk}/").text
    for title in ("One", "Two"):
        told(alice, title)
    assert (
        '<span class="count">2<span class="aloud"> not read</span></span>' in browser.get(f"/console/{acme.pk}/").text
    )


def test_it_turns_pages(browser: Client, told: Callable[..., Notice], alice: User) -> None:
    then = now() - timedelta(days=2)
    for number in range(55):
        told(alice, f"Occasion {number:02}", at=then)
    first = browser.get(PLACE)
    assert "Occasion 54" in first.text
    assert "Occasion 04" not in first.text
    second = browser.get(first.context["next_url"]).text
    assert "Occasion 04" in second
    assert "Occasion 05" not in second
    assert "Mark all as read" not in second


def test_it_takes_few_queries_however_many_there_are(
    browser: Client, told: Callable[..., Notice], alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        told(alice, f"Occasion {number}")
    with django_assert_max_num_queries(12):
        browser.get(PLACE)


@pytest.mark.parametrize("asked", ["show=nonsense", "before=x", "before=%00", "show=%00", "before=" + "z" * 500])
def test_bad_input_shows_the_list(browser: Client, told: Callable[..., Notice], alice: User, asked: str) -> None:
    told(alice, "An alert")
    assert browser.get(f"{PLACE}?{asked}").status_code == 200


def test_signed_out_in_the_meantime_it_asks_to_sign_in_again(
    client: Client, told: Callable[..., Notice], alice: User
) -> None:
    notice = told(alice, "One")
    answer = client.post(READ, {"notice": notice.pk})
    assert answer.headers["Location"].endswith("?next=/console/alerts/")
    assert client.get(PLACE).headers["Location"].endswith("?next=/console/alerts/")
    notice.refresh_from_db()
    assert notice.read_at is None
