"""Two windows answer the same question at the same moment: one answer counts, and both windows say which."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import User
from identity.delegation.models import Delegation
from identity.spending.models import Approval, ApprovalState, Elevation
from tests.browser.market import *  # noqa: F403 - fixtures
from tests.browser.market import Market, two_windows

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(180)
APPROVE, DECLINE = "[data-passkey]", "[name=decline]"
OVER = "main .notice >> text=/approve|declin/i"


def press_at_once(pressed: list[tuple[Page, str]]) -> None:
    """Both windows are told to press at the same instant of the clock, so that neither press waits for the other."""
    begins_at = pressed[0][0].evaluate("Date.now() + 400")
    for page, button in pressed:
        page.evaluate(
            "([button, at]) => { const press = () => document.querySelector(button)?.click();"
            " setTimeout(press, at - Date.now()) }",
            [button, begins_at],
        )


@pytest.mark.parametrize("second", [APPROVE, DECLINE])
def test_one_answer_counts(open_page: Callable[..., Page], alice: User, market: Market, second: str) -> None:
    here, there = two_windows(open_page(user=alice, width=375))
    wish, approval = market.question(4_000)
    for page in (here, there):
        page.goto(f"/approve/{approval}")
        page.locator(APPROVE).wait_for()
    press_at_once([(here, APPROVE), (there, second)])
    for page in (here, there):
        page.get_by_role("button", name="Decline").first.wait_for(state="detached")
        page.locator(OVER).first.wait_for()

    asked = Approval.objects.get()
    assert asked.votes.count() == 1
    assert asked.state in ({ApprovalState.APPROVED} if second == APPROVE else {"approved", "denied"})
    assert Elevation.objects.count() == (asked.state == ApprovalState.APPROVED)
    assert Delegation.objects.get(pk=market.link).status == "active"
    outcome = market.go_on(wish, approval)
    assert (outcome is not None) == (asked.state == ApprovalState.APPROVED)

    # Whoever looks later sees the same in both.
    for page in (here, there):
        page.reload()
        assert page.locator(APPROVE).count() == 0
    assert here.locator("main .notice").first.inner_text() == there.locator("main .notice").first.inner_text()
