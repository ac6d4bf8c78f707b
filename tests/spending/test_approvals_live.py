"""Pages that follow a question: the event comes when something changed, and late or second answers are told so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from identity.accounts.models import Role
from identity.accounts.organizations import add_member
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.clock import now
from identity.spending.answers import approve, decline
from identity.spending.approvals import cancel
from identity.spending.limits import ELEVATION_LIFETIME
from identity.spending.models import Approval
from registry.web import live
from registry.web.live import Shown, follow
from tests.spending.conftest import TOTAL_500, Holder, Shop

ASK_ABOVE_25 = {"type": "step_up", "when": {"amountOver": 2500, "currency": "EUR", "exponent": 2}}
SIGNED_IN = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": "2026-01-01T00:00:00Z"}


@pytest.fixture
def link(grant: Callable[..., Delegation], buyer: Holder) -> Delegation:
    return grant(buyer, TOTAL_500, ASK_ABOVE_25)


@pytest.fixture
def asked(link: Delegation, buyer: Holder, shop: Shop) -> Approval:
    return Approval.objects.get(pk=shop.spend(buyer, link, 4000).approval)


@pytest.fixture
def phone(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture(autouse=True)
def unheld(settings: Any) -> None:
    """Answers are given at once, but where a test is about holding them."""
    settings.LIVE_HELD_MAX = 0


def by(person: Any) -> Actor:
    return Actor(ActorKind.USER, person.pk)


def once(phone: Client, approval: Approval) -> dict[str, Any]:
    return dict(phone.get(f"/approve/{approval.pk}/live?once").json())


def test_the_page_and_the_event_agree_on_what_is_shown(phone: Client, asked: Approval) -> None:
    page = phone.get(f"/approve/{asked.pk}").text
    answer = phone.get(f"/approve/{asked.pk}/live")
    assert answer.headers["Content-Type"] == "text/event-stream"
    lines = dict(line.split(": ", 1) for line in answer.text.strip().splitlines())
    assert lines["event"] == "shown"
    assert json.loads(lines["data"])["mark"] == lines["id"]
    assert f'data-mark="{lines["id"]}"' in page


def test_each_change_has_a_mark_of_its_own(
    phone: Client, asked: Approval, alice: Any, buyer: Holder, link: Delegation, shop: Shop
) -> None:
    marks = [once(phone, asked)["mark"]]
    approve(approval=asked, approver=alice, evidence=SIGNED_IN, actor=by(alice), at=now())
    marks.append(once(phone, asked)["mark"])
    shop.spend(buyer, link, 4000, approval=asked.pk)
    marks.append(once(phone, asked)["mark"])
    assert marks == ["pending.0", "approved.open", "approved.used"]
    assert "the agent has used it" in phone.get(f"/approve/{asked.pk}").text


def test_an_approval_that_the_agent_left_lying_is_told(phone: Client, asked: Approval, alice: Any) -> None:
    long_ago = now() - ELEVATION_LIFETIME
    approve(approval=asked, approver=alice, evidence=SIGNED_IN, actor=by(alice), at=long_ago)
    assert once(phone, asked)["mark"] == "approved.lapsed"
    assert "the agent did not come back in time" in phone.get(f"/approve/{asked.pk}").text


def test_the_list_changes_its_mark_when_a_question_is_put_and_when_it_ends(
    phone: Client, acme: Any, asked: Approval, buyer: Holder, link: Delegation, shop: Shop
) -> None:
    place = f"/console/{acme.pk}/approvals/live?once"
    first = phone.get(place).json()
    shop.spend(buyer, link, 5000)
    second = phone.get(place).json()
    Approval.objects.filter(pk=asked.pk).update(expires_at=now() - timedelta(seconds=1))
    third = phone.get(place).json()
    assert [one["waiting"] for one in (first, second, third)] == [1, 2, 1]
    assert len({one["mark"] for one in (first, second, third)}) == 3
    assert f'data-mark="{third["mark"]}"' in phone.get(f"/console/{acme.pk}/approvals/").text


def test_strangers_follow_nothing(client: Client, asked: Approval, bob: Any, charlie: Any) -> None:
    assert client.get(f"/approve/{asked.pk}/live").status_code == 302
    for person in (bob, charlie):
        client.force_login(person)
        assert client.get(f"/approve/{asked.pk}/live").status_code == 404
        assert client.get(f"/approve/{asked.pk}/live?once").status_code == 404


def test_an_answer_is_held_until_something_changed(rf: Any, settings: Any) -> None:
    settings.LIVE_HELD_MAX = 1
    marks = iter(["a", "a", "b"])
    answer = follow(rf.get("/live", headers={"Last-Event-ID": "a"}), lambda: Shown(next(marks), {}))
    assert "id: b\n" in answer.text
    assert f"retry: {live.ASK_AGAIN_MS}\n" in answer.text


def test_only_so_many_answers_are_held(rf: Any, settings: Any) -> None:
    settings.LIVE_HELD_MAX = 1
    marks, told = {"now": "a"}, []
    held = threading.Thread(
        target=lambda: told.append(follow(rf.get("/live?mark=a"), lambda: Shown(marks["now"], {})).text)
    )
    held.start()
    ends_at = time.monotonic() + live.HELD_SECONDS / 2
    while not live._places._taken and time.monotonic() < ends_at:
        time.sleep(0.01)
    answer = follow(rf.get("/live?mark=a"), lambda: Shown("a", {}))
    assert f"retry: {live.ASK_AGAIN_UNHELD_MS}\n" in answer.text
    marks["now"] = "b"
    held.join()
    assert "id: b\n" in told[0]
    assert live._places._taken == 0


def test_a_question_that_ran_out_says_so_to_a_late_answer(phone: Client, asked: Approval) -> None:
    Approval.objects.filter(pk=asked.pk).update(expires_at=now() - timedelta(seconds=1))
    for pressed in ({"consent": "{}"}, {"decline": "1"}, {"pause": "1"}):
        late = phone.post(f"/approve/{asked.pk}", pressed)
        assert late.status_code == 409
        assert "Your answer came too late: the question had run out." in late.text
        assert "Nobody answered in time" in late.text
    assert Delegation.objects.get(pk=asked.leaf).status == "active"
    assert not asked.votes.exists()


def test_a_question_that_was_withdrawn_says_so(phone: Client, asked: Approval) -> None:
    cancel(approval=asked, actor=system("tests"), at=now())
    late = phone.post(f"/approve/{asked.pk}", {"decline": "1"})
    assert late.status_code == 409
    assert "the question had been withdrawn" in late.text


def test_the_second_of_two_windows_is_told(phone: Client, asked: Approval) -> None:
    assert phone.post(f"/approve/{asked.pk}", {"decline": "1"}).status_code == 302
    for pressed in ({"decline": "1"}, {"pause": "1"}, {"by_sign_in": "1"}):
        second = phone.post(f"/approve/{asked.pk}", pressed)
        assert second.status_code == 409
        assert "You have answered this already, perhaps in another window." in second.text
    assert asked.votes.count() == 1
    assert Delegation.objects.get(pk=asked.leaf).status == "active"


def test_whoever_comes_after_somebody_else_is_told(phone: Client, asked: Approval, charlie: Any, acme: Any) -> None:
    add_member(organization=acme, user=charlie, role=Role.OWNER, actor=system("tests"), at=now())
    decline(approval=asked, approver=charlie, actor=by(charlie), at=now())
    second = phone.post(f"/approve/{asked.pk}", {"by_sign_in": "1"})
    assert second.status_code == 409
    assert "Somebody else answered first." in second.text
    assert str(charlie) in second.text


def test_an_answer_after_the_session_ended_asks_to_sign_in(client: Client, asked: Approval) -> None:
    for approval in (asked.pk, "apr_00000000000000000000000000"):
        answer = client.post(f"/approve/{approval}", {"decline": "1"})
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/accounts/login/?next=/approve/{approval}"
    assert not asked.votes.exists()


def test_it_shows_what_is_left_and_what_would_be(phone: Client, asked: Approval) -> None:
    page = phone.get(f"/approve/{asked.pk}").text
    assert "500.00 EUR of 500.00 EUR left (Buyer)" in page
    assert "460.00 EUR after this" in page


def test_the_pages_keep_to_their_queries(
    phone: Client, acme: Any, asked: Approval, django_assert_max_num_queries: Any
) -> None:
    for address in (f"/approve/{asked.pk}", f"/approve/{asked.pk}/live?once", f"/console/{acme.pk}/approvals/"):
        phone.get(address)
        with django_assert_max_num_queries(12, connection=connection):
            assert phone.get(address).status_code == 200
