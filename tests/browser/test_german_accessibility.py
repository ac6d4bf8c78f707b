"""German pages are as accessible as English ones: longer words break nothing, and the language is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import User
from registry.directory.models import Name
from tests.browser.test_accessibility import AXE, findings
from tests.page_places import places  # noqa: F401 - a fixture
from tests.spending_scene import *  # noqa: F403 - fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = (
    "/",
    "/a/concierge.acme",
    "/accounts/preferences/",
    "/console/{organization_id}/",
    "/console/{organization_id}/delegations/",
    "/console/{organization_id}/delegations/new/",
    "/console/{organization_id}/delegations/{delegation_id}/",
    "/console/{organization_id}/approvals/",
    "/console/{organization_id}/statement/",
    "/console/{organization_id}/members/",
)
NARROWEST = 320


@pytest.fixture
def german(alice: User) -> User:
    alice.language = "de"
    alice.save(update_fields=["language"])
    return alice


@pytest.mark.timeout(600)
def test_it_passes_axe_in_german(
    open_page: Callable[..., Page],
    german: User,
    concierge_name: Name,
    places: dict[str, str],  # noqa: F811 - a fixture
) -> None:
    found: dict[str, list[str]] = {}
    page = open_page(width=NARROWEST, user=german)
    for address in PAGES:
        page.goto(address.format(**places))
        assert page.locator("html").get_attribute("lang") == "de"
        page.evaluate(AXE)
        if problems := findings(page):
            found[address] = problems
    assert found == {}


def test_it_changes_the_language_in_the_footer_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page(script=False)
    page.goto("/how-it-works/")
    page.get_by_role("button", name="Deutsch").click()
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.url.endswith("/how-it-works/")
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
