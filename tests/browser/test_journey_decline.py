"""The journey to a stop: a question is declined and the agent paused, by thumb, by keyboard, without script; then it is
let go on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from identity.accounts.models import Organization, User
from identity.delegation.models import Delegation
from identity.spending.models import Approval, ApprovalState, Authorization
from tests.browser.market import *  # noqa: F403 - fixtures
from tests.browser.market import Market, press_tab_to
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(180)


def paused(market: Market, approval: str) -> bool:
    """Whether the question was declined once, the delegation is paused, and nothing was bought."""
    asked = Approval.objects.get(pk=approval)
    assert (asked.state, asked.votes.count()) == (ApprovalState.DENIED, 1)
    assert not Authorization.objects.exists()
    return Delegation.objects.get(pk=market.link).status == "suspended"


def test_it_declines_and_pauses_while_the_agent_waits_and_lets_it_go_on(
    open_page: Callable[..., Page], alice: User, acme: Organization, market: Market
) -> None:
    page = open_page(user=alice, width=375)
    wish, approval = market.question(4_000)
    with ThreadPoolExecutor(1) as waiting:
        agent = waiting.submit(market.go_on, wish, approval)
        page.goto(f"/approve/{approval}")
        page.get_by_role("button", name="Decline and pause the agent").dblclick()
        page.get_by_text("Declined, and the agent is paused.").wait_for()
        assert agent.result() is None
    assert paused(market, approval)
    assert market.refused(100) == ("delegation_invalid",)

    # The card says that it rests; one press lets it go on.
    page.get_by_role("link", name="The limits of this agent").click()
    page.get_by_role("button", name="Resume").first.click()
    page.get_by_text("Active again.").wait_for()
    market.hold(100)


def test_it_declines_and_pauses_with_the_keyboard_alone(
    open_page: Callable[..., Page], alice: User, market: Market
) -> None:
    page = open_page(user=alice)
    _, approval = market.question(4_000)
    page.goto(f"/approve/{approval}")
    press_tab_to(page, "Decline and pause the agent")
    page.keyboard.press("Space")
    page.get_by_text("Declined, and the agent is paused.").wait_for()
    assert paused(market, approval)


def test_it_declines_and_pauses_without_script_and_from_a_stale_page(
    open_page: Callable[..., Page], alice: User, market: Market
) -> None:
    page = open_page(user=alice, width=375, script=False)
    _, approval = market.question(4_000)
    page.goto(f"/approve/{approval}")
    stale = page.context.new_page()
    stale.goto(f"/approve/{approval}")
    page.get_by_role("button", name="Decline and pause the agent").click()
    assert page.get_by_text("Declined, and the agent is paused.").is_visible()
    stale.get_by_role("button", name="Decline", exact=True).click()
    assert stale.get_by_text("You have answered this already").is_visible()
    assert paused(market, approval)


def test_a_session_that_ended_meanwhile_sends_nothing_and_comes_back_to_the_question(
    open_page: Callable[..., Page], alice: User, market: Market
) -> None:
    page = open_page(user=alice, width=375, script=False)
    _, approval = market.question(4_000)
    page.goto(f"/approve/{approval}")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Decline", exact=True).click()
    page.get_by_text("You were signed out, and nothing was sent.").wait_for()
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**/approve/{approval}")
    assert Approval.objects.get().state == ApprovalState.PENDING
    page.get_by_role("button", name="Decline", exact=True).click()
    page.get_by_text("The agent cannot ask for the same purchase again today").wait_for()
    assert Approval.objects.get().state == ApprovalState.DENIED
