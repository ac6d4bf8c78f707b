"""WCAG 2.2 AA on every kind of page, as axe-core sees it: light and dark, on a desk and in a hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.test import Client

from identity.accounts.models import User
from registry.directory.models import Name
from tests.page_places import places  # noqa: F401 - a fixture
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.web.pages import fill, routes

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PUBLIC = (
    "/",
    "/search?q=booking",
    "/search?q=zzzzzz",
    "/how-it-works/",
    "/verify",
    "/a/concierge.acme",
    "/a/concierg.acme",
)
ENTRANCE = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
NARROWEST = 320


@pytest.fixture
def console_addresses(
    places: dict[str, str],  # noqa: F811 - a fixture
    alice: User,
    unclaimed: Name,
    signed_in: Callable[[User], Client],
) -> list[str]:
    """Every page of the console that can be opened by its address alone."""
    in_acme = [fill(route, places) for route, _ in routes("console/<str:organization_id>/")]
    client = signed_in(alice)
    whole = [address for address in in_acme if "unknown" not in address and _is_a_page(client, address)]
    assert len(whole) >= 30
    own = ["/console/", "/console/alerts/", "/console/notices/", "/accounts/email/", "/accounts/2fa/"]
    return [*own, *whole]


def _is_whole(answer: HttpResponse) -> bool:
    return bytes(answer.content).lstrip().startswith(b"<!doctype html>")


def _is_a_page(client: Client, address: str) -> bool:
    """Whether it is a whole page: not a form's target, nor a piece that is put into another page."""
    answer = client.get(address)
    return answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html") and _is_whole(answer)


def findings(page: Page) -> list[str]:
    """What axe-core holds against the page as it is shown now."""
    result: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    found = [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("it scrolls sideways")
    return found


def look_at(page: Page, addresses: list[str]) -> dict[str, list[str]]:
    """The findings on every page, light and dark, on a desk and in a hand."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status < 500, address
        page.evaluate(AXE)  # put in by the debugger's door: the page's own policy stands
        for theme in ("light", "dark"):
            for width in (1280, 375):
                page.emulate_media(color_scheme=theme)
                page.set_viewport_size({"width": width, "height": 900})
                problems = findings(page)
                if problems:
                    found[f"{address} {theme} {width}"] = problems
    return found


@pytest.mark.timeout(300)
def test_it_passes_axe_for_visitors(open_page: Callable[..., Page], concierge_name: Name, unclaimed: Name) -> None:
    assert look_at(open_page(), [*PUBLIC, *ENTRANCE, f"/a/{unclaimed.fqn}"]) == {}


@pytest.mark.timeout(900)
def test_it_passes_axe_in_the_console(
    open_page: Callable[..., Page], alice: User, console_addresses: list[str]
) -> None:
    assert look_at(open_page(user=alice), console_addresses) == {}


@pytest.mark.timeout(300)
def test_it_never_scrolls_sideways_on_the_narrowest_screen(
    open_page: Callable[..., Page], alice: User, console_addresses: list[str]
) -> None:
    page = open_page(width=NARROWEST, user=alice)
    for address in [*PUBLIC, *console_addresses]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, address
