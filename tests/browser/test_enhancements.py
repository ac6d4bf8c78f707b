"""What script adds, and that everything works without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from identity.agents.models import Agent
from registry.directory.models import Name

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_it_searches_while_somebody_types(open_page: Callable[..., Page], concierge_name: Name) -> None:
    page = open_page()
    page.goto("/search?q=zzzzzz")
    assert page.get_by_text("Nothing found").is_visible()
    page.locator("input[type=search]").fill("trains")
    page.locator(".result-head a").wait_for()
    assert page.url.endswith("/search?q=trains")


def test_it_copies_a_value_and_says_so(open_page: Callable[..., Page], concierge: Agent, concierge_name: Name) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/a/concierge.acme")
    page.get_by_role("button", name="Copy DID").click()
    page.locator("#spoken", has_text="Copied").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == concierge.did


def test_it_turns_dark_without_script_and_stays_so(open_page: Callable[..., Page], concierge_name: Name) -> None:
    page = open_page(script=False)
    page.goto("/a/concierge.acme")
    page.locator("button[value=dark]").click()
    assert page.url.endswith("/a/concierge.acme")
    assert page.locator("html[data-theme=dark]").count() == 1
    page.goto("/search")
    page.locator("input[type=search]").fill("trains")
    page.locator("main button").click()
    assert page.locator(".result-head a").inner_text() == "concierge.acme"
    assert page.locator("html[data-theme=dark]").count() == 1


def test_it_shows_no_copy_button_where_it_cannot_work(open_page: Callable[..., Page], concierge_name: Name) -> None:
    page = open_page(script=False)
    page.goto("/a/concierge.acme")
    assert not page.locator("button.copy").first.is_visible()
