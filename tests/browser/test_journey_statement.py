"""The month's statement: on the page, to print, as CSV and as JSON, each equal to the ledger to the cent."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import Organization, User
from identity.primitives.clock import now
from identity.spending.models import Authorization, Settlement, SettlementKind
from registry.client import Money
from tests.browser.market import *  # noqa: F403 - fixtures
from tests.browser.market import Market

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.timeout(180)


@dataclass
class Booked:
    """What the shop's own messages to the ledger come to, in cents: added up from its single steps."""

    charged: int
    refunded: int
    held: int

    @property
    def spent(self) -> int:
        return self.charged - self.refunded


@pytest.fixture
def booked(market: Market) -> Booked:
    """A month with everything in it: charged in full, in parts, given back, released, and still held."""
    eur = [Money(cents, "EUR") for cents in range(2_501)]
    whole, parts, returned, released, held = (market.hold(cents) for cents in (1_999, 2_450, 1_777, 999, 333))
    market.shop.capture(whole, eur[1_999], is_final=True)
    market.shop.capture(parts, eur[1_201])
    market.shop.capture(parts, eur[49])
    market.shop.capture(returned, eur[1_500], is_final=True)
    market.shop.refund(returned, eur[377])
    market.shop.refund(returned, eur[123])
    market.shop.void(released)
    assert Authorization.objects.get(pk=held).open == 333
    steps = list(Settlement.objects.values_list("kind", "amount"))
    charged = sum(amount for kind, amount in steps if kind == SettlementKind.CAPTURE)
    refunded = sum(amount for kind, amount in steps if kind == SettlementKind.REFUND)
    still = (2_450 - 1_201 - 49) + 333
    assert (charged, refunded) == (1_999 + 1_201 + 49 + 1_500, 377 + 123)
    return Booked(charged, refunded, still)


def downloaded(page: Page, link: Locator) -> str:
    with page.expect_download() as saved:
        link.click()
    return saved.value.path().read_text(encoding="utf-8")


def words(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


@pytest.mark.parametrize("script", [True, False])
def test_it_is_the_ledger_to_the_cent(
    open_page: Callable[..., Page], alice: User, acme: Organization, booked: Booked, script: bool
) -> None:
    page = open_page(user=alice, script=script)
    page.goto(f"/console/{acme.pk}/")
    page.get_by_role("link", name="Statement").first.click()
    shown = page.locator("main").inner_text()
    for cents in (booked.spent, booked.held):
        assert words(cents) in shown

    rows = list(csv.DictReader(downloaded(page, page.get_by_role("link", name="CSV")).splitlines()))
    sums = {name: sum(Decimal(row[name]) for row in rows) for name in ("charged", "refunded", "held", "spent")}
    assert len(rows) == Authorization.objects.count()
    assert {name: int(amount * 100) for name, amount in sums.items()} == {
        "charged": booked.charged,
        "refunded": booked.refunded,
        "held": booked.held,
        "spent": booked.spent,
    }
    whole = json.loads(downloaded(page, page.get_by_role("link", name="JSON")))
    (total,) = whole["totals"]
    assert (total["charged"], total["refunded"], total["held"]) == (booked.charged, booked.refunded, booked.held)
    assert sum(line["spent"] for line in whole["lines"]) == total["spent"] == booked.spent

    page.get_by_role("link", name="Month to print").click()
    page.get_by_role("heading", name=f"Statement for {now():%B %Y}").wait_for()
    printed = page.locator("main").inner_text()
    for cents in (booked.spent, booked.held):
        assert words(cents) in printed


def test_each_line_says_why_it_was_allowed_and_leads_to_a_report(
    open_page: Callable[..., Page], alice: User, acme: Organization, booked: Booked
) -> None:
    page = open_page(user=alice, width=375)
    page.goto(f"/console/{acme.pk}/statement/")
    purchase = Authorization.objects.get(amount=1_777)
    page.locator(f'a[href$="/purchases/{purchase.pk}/"]').first.click()
    main = page.locator("main")
    main.get_by_role("heading").first.wait_for()
    for amount in ("17.77", "15.00", "3.77", "1.23"):
        assert amount in main.inner_text()
    page.locator('a[href*="/report?authorization="]').first.click()
    page.get_by_label("What happened").wait_for()
    assert purchase.pk in page.url
