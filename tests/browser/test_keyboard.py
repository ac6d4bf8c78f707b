"""The whole way from the home page to a checked agent, and into the console, without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from identity.accounts.models import Organization, User
from registry.directory.models import Name
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

TABS_MAX = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, and see that the focus can be seen."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            shadow = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
            assert shadow != "none", f"the focus on {selector} cannot be seen"
            return
    raise AssertionError(f"{selector} cannot be reached with Tab")


def test_it_leads_from_home_to_an_agent(open_page: Callable[..., Page], concierge_name: Name) -> None:
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    tab_to(page, "input[type=search]")
    page.keyboard.type("trains")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=trains")
    tab_to(page, ".result-head a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/a/concierge.acme")
    tab_to(page, "details.way:nth-of-type(2) > summary")
    page.keyboard.press("Enter")
    assert page.locator("details.way:nth-of-type(2) pre").is_visible()


def test_it_lets_alice_sign_in_and_find_her_agents(
    open_page: Callable[..., Page], alice: User, acme: Organization, concierge_name: Name
) -> None:
    page = open_page()
    page.goto("/console/")
    page.wait_for_url("**/accounts/login/**")
    tab_to(page, "input[name=login]")
    page.keyboard.type(alice.email)
    tab_to(page, "input[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: address.endswith("/console/") and "login" not in address)
    tab_to(page, "a.choice")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/{acme.pk}/")
    tab_to(page, ".side-links a[href$='/agents/']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/{acme.pk}/agents/")
    assert page.get_by_text("Concierge").first.is_visible()
