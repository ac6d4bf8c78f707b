"""Revoking: the page shows first what it will cut (sub-agents, open holds), and cuts exactly that, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import Organization, User
from identity.delegation.models import Delegation
from identity.journal.models import Event
from identity.spending.models import Authorization
from registry.client import AgentClient
from tests.browser.market import *  # noqa: F403 - fixtures
from tests.browser.market import TOTAL_500, Holder, Market, press_tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def chain(
    open_market: Market,
    acme: Organization,
    planner: Holder,
    grant: Callable[..., Delegation],
    pass_on: Callable[..., Delegation],
) -> Market:
    """Alice lent to the planner, which passed a part on to the buyer, which holds 12.50 and 7.50 at the shop."""
    root = grant(planner, TOTAL_500, max_further_depth=1)
    child = pass_on(root, planner, open_market.holder, TOTAL_500)
    open_market.link = child.pk
    open_market.hold(1_250)
    open_market.hold(750)
    return open_market


@pytest.fixture
def root(chain: Market) -> str:
    return Delegation.objects.get(depth=0).pk


@pytest.mark.parametrize("script", [True, False])
def test_it_cuts_what_it_showed(
    open_page: Callable[..., Page],
    alice: User,
    acme: Organization,
    chain: Market,
    root: str,
    planner: Holder,
    script: bool,
) -> None:
    page = open_page(user=alice, width=375, script=script)
    page.goto(f"/console/{acme.pk}/delegations/")
    page.locator(f"#{root}").get_by_role("link", name="Revoke…").click()
    reach = page.locator("section.panel-danger")
    assert reach.get_by_text(chain.holder.agent.display_name, exact=True).is_visible()
    assert reach.get_by_text("2 open holds stand on it, 20.00 EUR in all:").is_visible()
    assert reach.get_by_text("12.50 EUR · Nordlicht Hardware").is_visible()
    stale = page.context.new_page()
    stale.goto(page.url)

    reach.get_by_label("Why").select_option("misuse")
    revoke = reach.get_by_role("button", name="Revoke for good")
    revoke.dblclick()
    page.wait_for_url(f"**/delegations/{root}/")
    page.locator("main").get_by_text("Revoked").first.wait_for()
    assert {hold.open for hold in Authorization.objects.all()} == {0}
    assert chain.refused(100) == ("delegation_invalid",)
    with AgentClient(chain.base, planner.agent.did, planner.private_key) as agent:
        assert replace(chain, agent=agent, link=root).refused(100) == ("delegation_invalid",)

    # A page from before says what is so, and nothing is done twice.
    stale.get_by_role("button", name="Revoke for good").click()
    stale.get_by_text("This delegation was revoked").wait_for()
    assert Event.objects.filter(kind="delegation.revoked", subject=root).count() == 1


def test_it_revokes_with_the_keyboard_alone_or_goes_back(
    open_page: Callable[..., Page], alice: User, acme: Organization, chain: Market, root: str
) -> None:
    page = open_page(user=alice)
    page.goto(f"/console/{acme.pk}/delegations/{root}/revoke/")
    press_tab_to(page, "Cancel")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/delegations/{root}/")
    assert not Delegation.objects.get(pk=root).is_revoked
    press_tab_to(page, "Revoke…")
    page.keyboard.press("Enter")
    page.wait_for_url("**/revoke/")
    press_tab_to(page, "Revoke for good")
    page.keyboard.press("Enter")
    page.get_by_text("Revoked. Nothing is authorized under it any more.").wait_for()
    assert Delegation.objects.get(pk=root).is_revoked
