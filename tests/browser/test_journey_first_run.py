"""The first two minutes: sign up, lend in the sandbox, see a hold, a question, an answer, a charge and a refund; with a
passkey, with the keyboard alone, and with a password and no script."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from identity.accounts.models import User
from identity.spending.models import Approval, ApprovalState, Authorization, Settlement, SettlementKind
from tests.browser.market import press_tab_to
from tests.browser.test_delegation_pages import public_here
from tests.browser.test_passkey import plug_in_authenticator, sign_up_with_passkey
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["public_here"]
pytestmark = [pytest.mark.timeout(240), pytest.mark.usefixtures("public_here")]
MINUTES_MAX = 2
BEFORE_ASKING = ("Let it buy the notebook", "Let the shop charge", "Let it try to buy headphones")
AFTER_ANSWERING = ("Let it go on", "Send the headphones back")


def all_of_it_happened() -> bool:
    """Whether the ledger holds the whole story, in play money only."""
    kinds = set(Settlement.objects.values_list("kind", flat=True))
    assert Approval.objects.get().state == ApprovalState.APPROVED
    assert set(Authorization.objects.values_list("currency", flat=True)) == {"XTS"}
    assert Authorization.objects.count() == 2
    return {SettlementKind.CAPTURE, SettlementKind.REFUND} <= kinds


def test_it_takes_less_than_two_minutes_from_signing_up(open_page: Callable[..., Page], mailoutbox: list[Any]) -> None:
    page = open_page(width=375)
    plug_in_authenticator(page)
    began = time.monotonic()
    sign_up_with_passkey(page, mailoutbox)
    page.get_by_role("link", name="Your first purchase").first.click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Lend it, with your passkey").dblclick()
    for words in BEFORE_ASKING:
        page.get_by_role("button", name=words).click()
    page.get_by_role("link", name="Open the question").click()
    page.get_by_role("button", name="Approve once").click()
    page.get_by_role("link", name="Go on in the sandbox").click()
    for words in AFTER_ANSWERING:
        page.get_by_role("button", name=words).dblclick()
    page.get_by_role("heading", name="That was all of it").wait_for()
    assert time.monotonic() - began < MINUTES_MAX * 60
    assert all_of_it_happened()

    # What happened stands where real purchases stand, and none of it is counted as money.
    page.get_by_role("link", name="Your statement", exact=True).click()
    page.get_by_text("XTS").first.wait_for()
    assert "EUR" not in page.locator("main").inner_text()


def test_it_goes_with_the_keyboard_alone(open_page: Callable[..., Page], mailoutbox: list[Any]) -> None:
    page = open_page()
    plug_in_authenticator(page)
    sign_up_with_passkey(page, mailoutbox)
    for words, following in (
        ("Your first purchase", "Begin"),
        ("Begin", "Lend it, with your passkey"),
        ("Lend it, with your passkey", BEFORE_ASKING[0]),
        *zip(BEFORE_ASKING, (*BEFORE_ASKING[1:], "Open the question"), strict=True),
        ("Open the question", "Approve once"),
        ("Approve once", "Go on in the sandbox"),
        ("Go on in the sandbox", AFTER_ANSWERING[0]),
        (AFTER_ANSWERING[0], AFTER_ANSWERING[1]),
        (AFTER_ANSWERING[1], "Your statement"),
    ):
        press_tab_to(page, words)
        page.keyboard.press("Enter")
        page.locator("main").locator("a, button").filter(has_text=following).first.wait_for()
    assert all_of_it_happened()


def test_it_goes_with_a_password_and_without_script(open_page: Callable[..., Page], alice: User) -> None:
    page = open_page(width=375, script=False)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Your first purchase").first.click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Lend it").click()
    for words in BEFORE_ASKING:
        page.get_by_role("button", name=words).click()
    stale = page.context.new_page()
    stale.goto(page.url)
    page.get_by_role("link", name="Open the question").click()
    page.get_by_role("button", name="Approve once").click()
    page.get_by_role("link", name="Go on in the sandbox").click()
    for words in AFTER_ANSWERING:
        page.get_by_role("button", name=words).click()
    assert page.get_by_role("heading", name="That was all of it").is_visible()
    assert all_of_it_happened()
    stale.get_by_role("link", name="Open the question").click()
    assert stale.get_by_role("button", name="Approve once").count() == 0
