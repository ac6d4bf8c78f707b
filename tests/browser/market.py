"""A market for journeys: Alice in her browser with a real passkey, and programs that really ask, wait, go on and sell
over HTTP while she looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from identity.accounts.models import Organization, OrganizationKind, User
from identity.accounts.organizations import create_organization
from identity.agents.vendors import register_vendor, set_vendor_assurance
from identity.delegation.models import Delegation
from identity.journal.actor import system
from registry.client import AgentClient, Approved, CheckedOffer, Declined, Money, StepUp, VendorClient, digest_of_items
from tests.browser.test_delegation_pages import add_passkey, public_here, with_passkey
from tests.browser.test_passkey import plug_in_authenticator
from tests.spending.conftest import TOTAL_500, Holder, buyer, grant, make_holder, pass_on, planner
from tests.spending_scene import ASK_ABOVE_25
from tests.stories.operators import code_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = [
    "ASK_ABOVE_25",
    "TOTAL_500",
    "Market",
    "app_of",
    "buyer",
    "code_of",
    "give_code",
    "grant",
    "make_holder",
    "market",
    "open_market",
    "pass_on",
    "planner",
    "press_tab_to",
    "public_here",
    "two_windows",
    "with_passkey",
]
WAIT_SECONDS = 45
TABS_MAX = 80


@dataclass
class Market:
    """One agent and one shop, each a program of its own."""

    base: str
    agent: AgentClient
    shop: VendorClient
    holder: Holder
    seller: Holder
    link: str = ""
    """The delegation that the agent spends under."""

    def wish(self, cents: int, item: str = "1 × USB-C dock") -> tuple[str, CheckedOffer]:
        """The shop's offer, checked by the agent."""
        token = self.shop.offer(
            agent=self.agent.did,
            nonce=self.agent.new_nonce(),
            total=Money(cents, "EUR"),
            items_digest=digest_of_items([item]),
        )
        return token, self.agent.check_offer(token, assurance_min=2)

    def ask(
        self, wish: tuple[str, CheckedOffer], *, approval: str | None = None, shop: VendorClient | None = None
    ) -> Approved | StepUp:
        """The shop forwards the agent's signed intent; raises Declined."""
        token, offer = wish
        intent = self.agent.sign_intent(offer, delegation=self.link)
        total, order = offer.signed.offer.total, offer.signed.offer.items_digest
        return (shop or self.shop).authorize(intent, total, order_hash=order, offer=token, approval=approval)

    def hold(self, cents: int) -> str:
        """A purchase that nobody has to be asked about; the authorization's id."""
        outcome = self.ask(self.wish(cents))
        assert isinstance(outcome, Approved)
        assert outcome.authorization_id is not None
        return outcome.authorization_id

    def question(self, cents: int) -> tuple[tuple[str, CheckedOffer], str]:
        """A purchase that a human is asked about: what is wanted, and the question's id."""
        wish = self.wish(cents)
        asked = self.ask(wish)
        assert isinstance(asked, StepUp)
        assert asked.approval_id is not None
        return wish, asked.approval_id

    def go_on(self, wish: tuple[str, CheckedOffer], approval: str) -> Approved | None:
        """What the agent's program does meanwhile: wait for the human's answer, then buy. None when she said no."""
        if self.agent.wait_for_approval(approval, timeout_seconds=WAIT_SECONDS).state != "approved":
            return None
        bought = self.ask(wish, approval=approval)
        assert isinstance(bought, Approved)
        assert bought.authorization_id is not None
        self.shop.capture(bought.authorization_id, bought.held, is_final=True)
        return bought

    def refused(self, cents: int) -> tuple[str, ...]:
        """The codes that the shop is told when the agent may not spend."""
        with pytest.raises(Declined) as declined:
            self.ask(self.wish(cents))
        return declined.value.codes

    def another_till(self) -> VendorClient:
        """The same shop in another process, with connections of its own."""
        return VendorClient(self.base, self.shop.did, key=self.seller.private_key)


@pytest.fixture
def open_market(
    public_here: None,
    live_server: Any,
    charlie: User,
    make_holder: Callable[..., Holder],
    buyer: Holder,
    at: datetime,
) -> Iterator[Market]:
    """Nobody has lent the agent anything yet."""
    actor, domains = system("tests"), ["nordlicht.example"]
    organization = create_organization(
        name="Nordlicht Hardware", kind=OrganizationKind.ORGANIZATION, owner=charlie, actor=actor, at=at
    )
    seller = make_holder("Nordlicht Hardware", organization)
    vendor = register_vendor(
        agent=seller.agent, mcc="5734", country="DE", domains=domains, proven_domains=domains, actor=actor, at=at
    )
    set_vendor_assurance(vendor=vendor, level=2, actor=actor, at=at)
    with ExitStack() as stack:
        agent = stack.enter_context(AgentClient(live_server.url, buyer.agent.did, buyer.private_key))
        shop = stack.enter_context(VendorClient(live_server.url, seller.agent.did, key=seller.private_key))
        yield Market(live_server.url, agent, shop, buyer, seller)


@pytest.fixture
def market(open_market: Market, acme: Organization, grant: Callable[..., Delegation]) -> Market:
    """Alice has lent it 500 EUR and is asked above 25."""
    open_market.link = grant(open_market.holder, TOTAL_500, ASK_ABOVE_25, max_further_depth=1).pk
    return open_market


def two_windows(page: Page) -> tuple[Page, Page]:
    """Two windows of one browser with one passkey: a virtual authenticator belongs to one window."""
    devtools, authenticator = plug_in_authenticator(page)
    add_passkey(page)
    credentials = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    other = page.context.new_page()
    theirs, copy = plug_in_authenticator(other)
    for credential in credentials:
        theirs.send("WebAuthn.addCredential", {"authenticatorId": copy, "credential": credential})
    return page, other


def app_of(user: User) -> str:
    """An authenticator app was set up; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def give_code(page: Page, secret: str) -> None:
    """On the page that asks for it, with the keyboard."""
    page.get_by_label("Code").press_sequentially(code_of(secret))
    page.get_by_label("Code").press("Enter")


def press_tab_to(page: Page, words: str) -> None:
    """Tab to the link, button or field that says ``words``, and see that the focus shows where it is."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "() => { const e = document.activeElement;"
            " return ((e.labels?.length ? e.labels[0] : e).innerText || e.ariaLabel || e.value || '').trim() }"
        )
        if re.search(rf"\b{re.escape(words)}(?!\w)", said):
            shown = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement); return s.boxShadow + s.outlineStyle }"
            )
            assert shown != "nonenone", f"the focus on “{words}” cannot be seen"
            return
    raise AssertionError(f"“{words}” cannot be reached with Tab")
