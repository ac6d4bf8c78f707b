"""The statement in a real browser: axe-clean with purchases on it, on a desk, in a hand, on the narrowest screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from identity.accounts.models import User
from identity.spending.models import Authorization
from tests.browser.test_accessibility import NARROWEST, look_at
from tests.browser.test_delegation_pages import photograph
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.spending_scene import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.timeout(300)
def test_a_statement_passes_axe_and_fits_everywhere(
    open_page: Callable[..., Page], alice: User, acme: Any, morning: Scene
) -> None:
    purchase = Authorization.objects.earliest("created_at")
    place = f"/console/{acme.pk}/statement/"
    day = f"{purchase.created_at:%Y-%m-%d}"
    addresses = [
        f"{place}?first={day}&last={day}",
        f"{place}?first={day}&last={day}&q=nobody",
        f"{place}?first=2026-02-30",
        f"{place}purchases/{purchase.pk}/",
        f"{place}months/{day[:7]}/",
    ]
    page = open_page(user=alice)
    photograph(page, addresses, "statement-")
    assert look_at(page, addresses) == {}
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, address
