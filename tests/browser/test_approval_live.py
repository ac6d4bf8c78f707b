"""The page of a question on a phone follows what happens: by events, by polling, in two windows, after signing out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session

from identity.accounts.models import User
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.clock import now
from identity.spending.answers import approve
from identity.spending.approvals import cancel
from identity.spending.models import Approval
from tests.browser.test_accessibility import look_at
from tests.spending.conftest import Holder, Shop
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.spending_scene import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIGNED_IN = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": "2026-01-01T00:00:00Z"}


@pytest.fixture
def phone(open_page: Callable[..., Page], alice: User, morning: Scene) -> Page:
    page = open_page(user=alice, width=375)
    page.goto(f"/approve/{morning.pending.pk}")
    page.evaluate("window.isTheSamePage = true")
    return page


def not_loaded_again(page: Page) -> bool:
    return bool(page.evaluate("window.isTheSamePage === true"))


def test_it_follows_the_answer_and_the_agent_that_goes_on(
    phone: Page, alice: User, morning: Scene, buyer: Holder, shop: Shop
) -> None:
    by_alice = Actor(ActorKind.USER, alice.pk)
    approve(approval=morning.pending, approver=alice, evidence=SIGNED_IN, actor=by_alice, at=now())
    phone.locator(".notice", has_text="The agent may make this one purchase").wait_for()
    assert phone.get_by_role("button", name="Decline").count() == 0
    assert shop.spend(buyer, morning.child, 12_949, approval=morning.pending.pk).verdict == "approved"
    phone.locator(".notice", has_text="the agent has used it").wait_for()
    assert "Approved" in phone.title()
    assert not_loaded_again(phone)


def test_it_follows_by_polling_where_there_are_no_event_sources(
    open_page: Callable[..., Page], alice: User, morning: Scene
) -> None:
    page = open_page(user=alice, width=375)
    page.add_init_script("delete window.EventSource")
    page.goto(f"/approve/{morning.pending.pk}")
    page.evaluate("window.isTheSamePage = true")
    cancel(approval=morning.pending, actor=system("tests"), at=now())
    page.locator(".notice", has_text="took its question back").wait_for()
    assert not_loaded_again(page)


def test_the_second_window_is_told_and_nothing_is_done_twice(
    phone: Page, open_page: Callable[..., Page], alice: User, morning: Scene
) -> None:
    stale = open_page(user=alice, width=375, script=False)
    stale.goto(f"/approve/{morning.pending.pk}")
    phone.get_by_role("button", name="Decline", exact=True).click()
    phone.get_by_text("Declined. The agent cannot ask").wait_for()
    stale.get_by_role("button", name="Decline and pause the agent").click()
    assert stale.get_by_text("You have answered this already").is_visible()
    assert morning.pending.votes.count() == 1
    assert Delegation.objects.get(pk=morning.child.pk).status == "active"


def test_it_declines_and_pauses_without_script(open_page: Callable[..., Page], alice: User, morning: Scene) -> None:
    page = open_page(user=alice, width=375, script=False)
    page.goto(f"/approve/{morning.pending.pk}")
    assert page.get_by_text("minutes left").is_visible()
    page.get_by_role("button", name="Decline and pause the agent").click()
    assert page.get_by_text("Declined, and the agent is paused.").is_visible()
    assert Delegation.objects.get(pk=morning.child.pk).status == "suspended"


def test_it_says_that_somebody_was_signed_out(phone: Page) -> None:
    Session.objects.all().delete()
    phone.get_by_text("You have been signed out.").wait_for()
    assert phone.get_by_role("link", name="Sign in again").is_visible()


def test_a_new_question_comes_into_the_list_by_itself(
    open_page: Callable[..., Page],
    alice: User,
    acme: Any,
    morning: Scene,
    buyer: Holder,
    asking_purchase: Callable[..., Approval],
) -> None:
    page = open_page(user=alice, width=375)
    page.goto(f"/console/{acme.pk}/approvals/")
    page.evaluate("window.isTheSamePage = true")
    asking_purchase(buyer, morning.child, 3_333)
    page.get_by_role("heading", name="33.33 EUR").wait_for()
    assert page.title().startswith("(2)")
    assert not_loaded_again(page)


@pytest.mark.timeout(300)
def test_the_answers_stay_under_the_thumb(phone: Page, morning: Scene) -> None:
    phone.set_viewport_size({"width": 375, "height": 667})
    decline = phone.get_by_role("button", name="Decline", exact=True).bounding_box()
    assert decline is not None
    assert decline["y"] + decline["height"] <= 667
    assert look_at(phone, [f"/approve/{morning.pending.pk}"]) == {}
