"""The journey to a card: lend an agent authority and sign it, with the mouse, by keyboard alone, without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import Organization, User
from identity.delegation.models import Delegation, DelegationDraft
from tests.browser.market import *  # noqa: F403 - fixtures
from tests.browser.market import Market, app_of, give_code, press_tab_to, with_passkey
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(180)
STEPS = (
    "How much may it spend?",
    "Where may it buy?",
    "Until when, and at which hours?",
    "When must it ask you first?",
)


def test_it_makes_a_card_under_which_the_agent_can_buy_at_once(
    open_page: Callable[..., Page], alice: User, acme: Organization, open_market: Market
) -> None:
    page = with_passkey(open_page(user=alice, width=375))
    page.goto(f"/console/{acme.pk}/delegations/")
    page.get_by_role("link", name="Lend authority").first.click()
    page.get_by_label("Agent").fill(open_market.agent.did)
    page.get_by_label("Software").check()
    for heading in STEPS:
        page.get_by_role("button", name="Next").click()
        page.get_by_role("heading", name=heading).wait_for()
        if heading == STEPS[0]:
            page.get_by_label("In one purchase, at most").fill("30")
    page.get_by_label("Ask me first at a shop not used before").uncheck()
    page.get_by_role("button", name="See what you will sign").click()
    page.get_by_role("heading", name="Is this what you mean?").wait_for()
    page.get_by_role("button", name="Confirm with your passkey").dblclick()
    page.get_by_text("The agent may act within these limits").wait_for()
    open_market.link = Delegation.objects.get().pk
    assert page.url.rstrip("/").endswith(open_market.link)

    # It holds from this second on: 29 EUR go through, 31 are put to her, and the card says what is left.
    open_market.hold(2_900)
    open_market.question(3_100)
    page.goto(f"/console/{acme.pk}/delegations/")
    card = page.locator(f"#{open_market.link}")
    assert card.get_by_text("29.00").first.is_visible()

    # Back to the words that were signed: they are signed already, and lead to the card.
    page.go_back()
    page.go_back()
    page.goto(f"/console/{acme.pk}/delegations/drafts/{open_market.link}/")
    page.wait_for_url(f"**/delegations/{open_market.link}/")
    assert Delegation.objects.count() == 1


def test_it_makes_a_card_with_the_keyboard_alone(
    open_page: Callable[..., Page], alice: User, acme: Organization, open_market: Market
) -> None:
    page = with_passkey(open_page(user=alice))
    page.goto(f"/console/{acme.pk}/delegations/")
    press_tab_to(page, "Lend authority")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Who acts for you, and what for?").wait_for()
    press_tab_to(page, "Agent")
    page.keyboard.type(open_market.agent.did)
    press_tab_to(page, "Something else")
    for _ in ("Research", "Software"):  # radio buttons are one stop: the arrows choose among them
        page.keyboard.press("ArrowUp")
    for heading in STEPS:
        press_tab_to(page, "Next")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=heading).wait_for()
    press_tab_to(page, "See what you will sign")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Is this what you mean?").wait_for()
    press_tab_to(page, "Confirm with your passkey")
    page.keyboard.press("Enter")
    page.get_by_text("The agent may act within these limits").wait_for()
    assert Delegation.objects.get().agent == open_market.holder.agent


def test_it_makes_a_card_without_script(
    open_page: Callable[..., Page], alice: User, acme: Organization, open_market: Market
) -> None:
    secret = app_of(alice)
    page = open_page(user=alice, width=375, script=False)
    page.goto(f"/console/{acme.pk}/delegations/new/")
    page.get_by_label("Agent").fill(open_market.agent.did)
    page.get_by_label("Groceries").check()
    for heading in STEPS:
        page.get_by_role("button", name="Next").click()
        page.get_by_role("heading", name=heading).wait_for()
    page.get_by_role("button", name="See what you will sign").click()
    draft = DelegationDraft.objects.get()
    page.get_by_role("link", name="Confirm with a code from your authenticator app").click()
    give_code(page, secret)
    page.wait_for_url(f"**/drafts/{draft.pk}/")
    page.get_by_role("button", name="Confirm with the code you just gave").click()
    page.get_by_text("The agent may act within these limits").wait_for()
    assert Delegation.objects.get().pk == draft.pk


def test_a_session_that_ends_in_the_middle_loses_nothing(
    open_page: Callable[..., Page], alice: User, acme: Organization, open_market: Market
) -> None:
    page = open_page(user=alice)
    page.goto(f"/console/{acme.pk}/delegations/new/")
    page.get_by_label("Agent").fill(open_market.agent.did)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("In total, at most").fill("321")
    page.context.clear_cookies()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name=STEPS[1]).wait_for()
    page.get_by_role("link", name="Back").click()
    assert page.get_by_label("In total, at most").input_value() == "321"
    assert not Delegation.objects.exists()
