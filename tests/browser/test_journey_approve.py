"""The journey of a question: the agent's program waits, Alice answers on her phone, and the program goes on; with a
thumb, by keyboard alone, without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import Organization, User
from identity.spending.models import Approval, ApprovalState, Authorization, AuthorizationState
from tests.browser.market import *  # noqa: F403 - fixtures
from tests.browser.market import Market, app_of, give_code, press_tab_to, with_passkey

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def waiting() -> Iterator[ThreadPoolExecutor]:
    """Where the agent's program runs while Alice looks at her phone."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def charged(approval: str, cents: int) -> bool:
    """Whether exactly this question led to exactly this purchase, charged in full."""
    found = Authorization.objects.get()
    assert Approval.objects.get(pk=approval).state == ApprovalState.APPROVED
    return (found.state, found.captured, found.open) == (AuthorizationState.CLOSED, cents, 0)


def test_it_approves_on_the_phone_and_the_agent_goes_on(
    open_page: Callable[..., Page], alice: User, acme: Organization, market: Market, waiting: ThreadPoolExecutor
) -> None:
    phone = with_passkey(open_page(user=alice, width=375))
    phone.goto(f"/console/{acme.pk}/approvals/")
    wish, approval = market.question(4_000)
    agent = waiting.submit(market.go_on, wish, approval)

    # The question comes into the open list by itself; its page says where, how much and why.
    phone.get_by_role("heading", name="40.00 EUR").wait_for()
    phone.locator(f'a[href="/approve/{approval}"]').first.click()
    phone.wait_for_url(f"**/approve/{approval}")
    phone.get_by_text("forty EUR", exact=True).wait_for()
    phone.locator("dl.facts").get_by_text("Nordlicht Hardware", exact=True).wait_for()
    assert not agent.done()
    phone.get_by_role("button", name="Approve once").dblclick()
    phone.get_by_text("Approved, this once.").wait_for()
    assert agent.result() is not None
    phone.get_by_text("the agent has used it").first.wait_for()
    assert charged(approval, 4_000)
    assert Approval.objects.get().votes.count() == 1

    # Back to the question, as it stood before: it is told that it is over, and asks nothing.
    phone.go_back()
    phone.goto(f"/approve/{approval}")
    assert phone.get_by_role("button", name="Approve once").count() == 0
    assert phone.get_by_text("the agent has used it").first.is_visible()


def test_it_approves_with_the_keyboard_alone(
    open_page: Callable[..., Page], alice: User, market: Market, waiting: ThreadPoolExecutor
) -> None:
    page = with_passkey(open_page(user=alice))
    wish, approval = market.question(4_000)
    agent = waiting.submit(market.go_on, wish, approval)
    page.goto(f"/approve/{approval}")
    press_tab_to(page, "Exactly what you sign")
    page.keyboard.press("Enter")
    assert page.locator("details blockquote").is_visible()
    press_tab_to(page, "Approve once")
    page.keyboard.press("Enter")
    page.get_by_text("Approved, this once.").wait_for()
    assert agent.result() is not None
    assert charged(approval, 4_000)


def test_it_approves_without_script(
    open_page: Callable[..., Page], alice: User, market: Market, waiting: ThreadPoolExecutor
) -> None:
    secret = app_of(alice)
    page = open_page(user=alice, width=375, script=False)
    wish, approval = market.question(4_000)
    agent = waiting.submit(market.go_on, wish, approval)
    page.goto(f"/approve/{approval}")
    page.get_by_role("link", name="Confirm with a code from your authenticator app").click()
    give_code(page, secret)
    page.wait_for_url(f"**/approve/{approval}")
    page.get_by_role("button", name="Approve once with the code you just gave").click()
    assert page.get_by_text("Approved, this once.").is_visible()
    assert agent.result() is not None
    page.reload()
    assert page.get_by_text("the agent has used it").first.is_visible()
    assert charged(approval, 4_000)
