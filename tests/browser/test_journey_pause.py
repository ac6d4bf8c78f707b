"""Everything is paused with one tap while twenty tills are authorizing: from the moment the page says so, nothing more
is let through."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import Organization, User
from identity.delegation.models import Delegation, PrincipalFreeze
from identity.spending.models import Authorization
from registry.client import Approved, Declined
from tests.browser.market import *  # noqa: F403 - fixtures
from tests.browser.market import TOTAL_500, Market, with_passkey

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(240)
TILLS = 20
PURCHASES_MAX = 40


@pytest.fixture
def free_market(open_market: Market, acme: Organization, grant: Callable[..., Delegation]) -> Market:
    """Nobody is asked about anything."""
    open_market.link = grant(open_market.holder, TOTAL_500).pk
    return open_market


def sell_until_refused(market: Market, together: Barrier) -> tuple[int, tuple[str, ...]]:
    """What one till does: sell for one euro, again and again, until it is told to stop; how often it sold, and why it
    stopped."""
    with market.another_till() as till:
        wishes = [market.wish(100) for _ in range(2)]
        together.wait()
        for sold in range(PURCHASES_MAX):
            wish = wishes[sold] if sold < len(wishes) else market.wish(100)
            try:
                outcome = market.ask(wish, shop=till)
            except Declined as declined:
                return sold, declined.codes
            assert isinstance(outcome, Approved)
    return PURCHASES_MAX, ()


def test_it_stops_twenty_running_tills_with_one_tap(
    open_page: Callable[..., Page], alice: User, acme: Organization, free_market: Market
) -> None:
    page = with_passkey(open_page(user=alice, width=375))
    page.goto(f"/console/{acme.pk}/agents/")
    free_market.hold(100)  # the keys are known to everybody before it begins
    together = Barrier(TILLS + 1)
    with ThreadPoolExecutor(TILLS) as tills:
        working = [tills.submit(sell_until_refused, free_market, together) for _ in range(TILLS)]
        together.wait()
        page.get_by_role("button", name="Pause everything").first.click()
        page.get_by_text("No agent may spend anything on your authority.").first.wait_for()
        when_it_said_so = Authorization.objects.count()
        stopped = [each.result() for each in working]

    assert {codes for _, codes in stopped} == {("agent_not_eligible",)}
    assert Authorization.objects.count() == when_it_said_so == 1 + sum(sold for sold, _ in stopped)
    assert PrincipalFreeze.objects.filter(principal=acme).count() == 1

    # She looks, and lets them go on by her own word.
    page.goto(f"/console/{acme.pk}/delegations/")
    page.get_by_role("link", name="Resume…").first.click()
    page.get_by_role("button", name="passkey").click()
    page.get_by_text("Your agents may act again.").wait_for()
    free_market.hold(100)


def test_two_windows_pause_once_and_resume_once(
    open_page: Callable[..., Page], alice: User, acme: Organization, free_market: Market
) -> None:
    page = with_passkey(open_page(user=alice))
    page.goto(f"/console/{acme.pk}/agents/")
    stale = page.context.new_page()
    stale.goto(f"/console/{acme.pk}/agents/")
    for each in (page, stale):
        each.get_by_role("button", name="Pause everything").click()
        each.get_by_text("No agent may spend anything on your authority.").first.wait_for()
    assert PrincipalFreeze.objects.count() == 1
    stale.goto(f"/console/{acme.pk}/delegations/resume/")
    page.goto(f"/console/{acme.pk}/delegations/resume/")
    page.get_by_role("button", name="passkey").click()
    page.get_by_text("Your agents may act again.").wait_for()
    stale.reload()
    stale.get_by_role("heading", name="Delegations").wait_for()
    assert not PrincipalFreeze.objects.exists()
