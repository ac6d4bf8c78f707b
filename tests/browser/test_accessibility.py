"""WCAG 2.2 AA on every kind of page, as axe-core sees it: light and dark, on a desk and in a hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from registry.directory.models import Name
from tests.web.pages import fill, routes

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PUBLIC = ("/", "/search?q=booking", "/search?q=zzzzzz", "/how-it-works/", "/a/concierge.acme", "/a/concierg.acme")
ENTRANCE = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
NARROWEST = 320


@pytest.fixture
def console_addresses(
    acme: Organization,
    alice: User,
    concierge: Agent,
    concierge_name: Name,
    unclaimed: Name,
    signed_in: Callable[[User], Client],
) -> list[str]:
    """Every page of the console that can be opened with an organization, an agent and a name."""
    values = {
        "organization_id": acme.pk,
        "agent_id": concierge.pk,
        "name_id": concierge_name.pk,
        "name": concierge_name.fqn,
        "fqn": concierge_name.fqn,
    }
    in_acme = [fill(route, values) for route, _ in routes("console/<str:organization_id>/")]
    client = signed_in(alice)
    whole = [address for address in in_acme if "unknown" not in address and client.get(address).status_code == 200]
    assert len(whole) >= 6
    own = ["/console/", "/accounts/email/", "/accounts/2fa/"]
    return [*own, f"/a/{unclaimed.fqn}", *whole]


def findings(page: Page) -> list[str]:
    """What axe-core holds against the page. It is put in by the debugger's door: the page's own policy stands."""
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def look_at(page: Page, addresses: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status < 500, address
        problems = findings(page)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            problems.append("it scrolls sideways")
        if problems:
            found[address] = problems
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_it_passes_axe_for_visitors(
    theme: str, width: int, open_page: Callable[..., Page], concierge_name: Name, unclaimed: Name
) -> None:
    page = open_page(width=width, theme=theme)
    assert look_at(page, [*PUBLIC, *ENTRANCE]) == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_it_passes_axe_in_the_console(
    theme: str, width: int, open_page: Callable[..., Page], alice: User, console_addresses: list[str]
) -> None:
    page = open_page(width=width, theme=theme, user=alice)
    assert look_at(page, console_addresses) == {}


def test_it_never_scrolls_sideways_on_the_narrowest_screen(
    open_page: Callable[..., Page], alice: User, console_addresses: list[str]
) -> None:
    page = open_page(width=NARROWEST, user=alice)
    for address in [*PUBLIC, *console_addresses]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, address
