"""Lending authority and answering for a purchase, in a real browser: axe-clean in their real states."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator

from identity.accounts.models import User
from identity.delegation.freeze import freeze_principal
from identity.delegation.models import Delegation, PrincipalFreeze
from identity.journal.actor import system
from identity.spending.models import ApprovalState
from tests.browser.test_accessibility import NARROWEST, look_at
from tests.browser.test_keyboard import tab_to
from tests.browser.test_passkey import plug_in_authenticator
from tests.conftest import PASSWORD
from tests.passkeys import SoftPasskey
from tests.spending.conftest import Holder
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.spending_scene import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def public_here(live_server: Any, settings: Any) -> None:
    """The address that the passkeys sign for is where the browser really is."""
    settings.PUBLIC_URL, settings.PUBLIC_HOST = live_server.url, live_server.url.removeprefix("http://")


@pytest.fixture
def addresses(acme: Any, morning: Scene) -> list[str]:
    place = f"/console/{acme.pk}"
    return [
        f"{place}/delegations/",
        f"{place}/delegations/new/",
        f"{place}/delegations/new/?agent=x&preset=groceries&step=amounts",
        *(
            f"{place}/delegations/new/?agent={morning.root.agent.did}&preset=groceries&step={step}"
            for step in ("amounts", "where", "when", "asking")
        ),
        f"{place}/delegations/drafts/{morning.draft.pk}/",
        f"{place}/delegations/{morning.root.pk}/",
        f"{place}/delegations/{morning.child.pk}/",
        f"{place}/delegations/{morning.root.pk}/revoke/",
        f"{place}/delegations/{morning.root.pk}/change/",
        f"{place}/delegations/?show=ended",
        f"{place}/approvals/",
        f"/approve/{morning.pending.pk}",
        *(f"/approve/{approval.pk}" for approval in morning.answered),
    ]


def photograph(page: Page, addresses: list[str], prefix: str = "") -> None:
    """Pictures for people to look at, when ``SCREENSHOTS`` names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    for number, address in enumerate(addresses if folder else ()):
        for width in (1280, 375):
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(address)
                page.screenshot(path=f"{folder}/{prefix}{number}-{width}-{theme}.png", full_page=True)


@pytest.mark.timeout(300)
def test_they_pass_axe(open_page: Callable[..., Page], alice: User, addresses: list[str]) -> None:
    page = open_page(user=alice)
    photograph(page, addresses)
    assert look_at(page, addresses) == {}


@pytest.mark.timeout(300)
def test_they_pass_axe_when_everything_is_paused(
    open_page: Callable[..., Page], alice: User, acme: Any, morning: Scene, at: Any
) -> None:
    freeze_principal(principal=acme, actor=system("tests"), at=at)
    place = f"/console/{acme.pk}/delegations/"
    stopped = [place, f"{place}resume/", f"{place}{morning.root.pk}/"]
    page = open_page(user=alice)
    photograph(page, stopped, "paused-")
    assert look_at(page, stopped) == {}


@pytest.mark.timeout(300)
def test_they_pass_axe_when_there_is_nothing(open_page: Callable[..., Page], alice: User, acme: Any) -> None:
    empty = [f"/console/{acme.pk}/delegations/", f"/console/{acme.pk}/approvals/"]
    page = open_page(user=alice)
    photograph(page, empty, "empty-")
    assert look_at(page, empty) == {}


def test_they_never_scroll_sideways(open_page: Callable[..., Page], alice: User, addresses: list[str]) -> None:
    page = open_page(width=NARROWEST, user=alice)
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, address


def test_it_lends_authority_with_a_passkey(
    public_here: None, open_page: Callable[..., Page], alice: User, acme: Any, planner: Holder
) -> None:
    page = with_passkey(open_page(user=alice))
    page.goto(f"/console/{acme.pk}/delegations/new/")
    page.get_by_label("Agent").fill(planner.agent.did)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("In total, at most").fill("500")
    page.locator("#preview").get_by_text("At most 500.00 EUR in total").wait_for()
    for heading in ("Where may it buy?", "Until when, and at which hours?", "When must it ask you first?"):
        page.get_by_role("button", name="Next").click()
        page.get_by_role("heading", name=heading).wait_for()
    page.get_by_role("button", name="See what you will sign").click()
    page.get_by_role("heading", name="Is this what you mean?").wait_for()
    assert page.get_by_text("At most 500.00 EUR in total", exact=True).is_visible()
    tab_to(page, "[data-passkey]")
    page.keyboard.press("Enter")
    page.get_by_text("The agent may act within these limits").wait_for()
    assert Delegation.objects.get().agent == planner.agent


def test_without_script_it_leads_to_the_words_to_sign(
    open_page: Callable[..., Page], alice: User, acme: Any, planner: Holder
) -> None:
    page = open_page(user=alice, script=False, width=375)
    page.goto(f"/console/{acme.pk}/delegations/new/")
    page.get_by_label("Agent").fill(planner.agent.did)
    page.get_by_label("Groceries").check()
    for heading in ("How much", "Where", "Until when", "When must it ask"):
        page.get_by_role("button", name="Next").click()
        page.get_by_role("heading", name=heading).wait_for()
        assert page.get_by_text("Goes through").first.is_visible()
    page.get_by_role("button", name="See what you will sign").click()
    page.get_by_role("heading", name="Is this what you mean?").wait_for()


def test_wider_limits_wait_where_everybody_sees_them_and_are_cancelled(
    public_here: None, open_page: Callable[..., Page], alice: User, acme: Any, morning: Scene
) -> None:
    page = with_passkey(open_page(user=alice, width=375))
    page.goto(f"/console/{acme.pk}/delegations/")
    page.get_by_role("link", name="Change Planner").click()
    page.get_by_label("In total, at most").fill("800")
    page.locator("#preview").get_by_text("Wider in some way").wait_for()
    page.get_by_role("button", name="See what you will sign").click()
    page.get_by_role("heading", name="Is this what you mean?").wait_for()
    tab_to(page, "[data-passkey]")
    page.keyboard.press("Enter")
    page.get_by_text("Wider limits wait.").wait_for()
    assert look_at(page, [page.url]) == {}
    page.get_by_role("button", name="Cancel the change").click()
    page.get_by_text("The limits stay as they are.").wait_for()


def test_everything_is_paused_from_any_page_with_the_keyboard(
    open_page: Callable[..., Page], alice: User, acme: Any, morning: Scene
) -> None:
    page = open_page(user=alice)
    page.goto(f"/console/{acme.pk}/agents/")
    tab_to(page, ".pause-all button")
    page.keyboard.press("Enter")
    page.get_by_text("No agent may spend anything on your authority.").first.wait_for()
    assert PrincipalFreeze.objects.filter(principal=acme).exists()


def test_it_approves_one_purchase_with_a_passkey(
    public_here: None, open_page: Callable[..., Page], alice: User, morning: Scene
) -> None:
    page = with_passkey(open_page(user=alice, width=375))
    page.goto(f"/approve/{morning.pending.pk}")
    tab_to(page, "[data-passkey]")
    page.keyboard.press("Enter")
    page.get_by_text("Approved, this once.").wait_for()
    morning.pending.refresh_from_db()
    assert morning.pending.state == ApprovalState.APPROVED


def test_the_passkey_of_somebody_else_approves_nothing(
    open_page: Callable[..., Page], alice: User, morning: Scene
) -> None:
    """Stops whoever plugs a key of her own into Alice's computer: only the passkeys of the account are asked."""
    page = with_passkey(open_page(user=alice))
    Authenticator.objects.filter(user=alice).delete()
    SoftPasskey().add_to(alice)
    page.goto(f"/approve/{morning.pending.pk}")
    page.get_by_role("button", name="Approve once").click()
    page.get_by_text("The passkey did not answer, and nothing happened.").wait_for()
    morning.pending.refresh_from_db()
    assert morning.pending.state == ApprovalState.PENDING


def test_without_script_it_says_what_a_passkey_needs_and_offers_the_code(
    open_page: Callable[..., Page], alice: User, acme: Any, morning: Scene
) -> None:
    SoftPasskey().add_to(alice)
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    page = open_page(user=alice, script=False)
    for address in (f"/console/{acme.pk}/delegations/drafts/{morning.draft.pk}/", f"/approve/{morning.pending.pk}"):
        page.goto(address)
        said = page.locator("noscript p")
        assert said.is_visible()
        assert "A passkey answers through JavaScript" in said.inner_text()
        assert page.get_by_role("link", name="Confirm with a code from your authenticator app").is_visible()
        assert not page.locator("[data-passkey]").is_visible()


def test_without_passkey_and_code_it_leads_to_both(
    open_page: Callable[..., Page], alice: User, acme: Any, morning: Scene
) -> None:
    page = open_page(user=alice)
    page.goto(f"/console/{acme.pk}/delegations/drafts/{morning.draft.pk}/")
    assert page.get_by_role("link", name="Add a passkey").is_visible()
    assert page.get_by_role("link", name="Set up an authenticator app").is_visible()


def with_passkey(page: Page) -> Page:
    """The page's window, in which a passkey was added to the account as a person does it."""
    plug_in_authenticator(page)
    add_passkey(page)
    return page


def add_passkey(page: Page) -> None:
    """On the security page, with whatever authenticator is plugged in."""
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name of this passkey").fill("Laptop")
    page.get_by_role("button", name="Create the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
