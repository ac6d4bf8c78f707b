"""The pages of the account pass axe, with everything on them: passkeys, an app, codes, a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from identity.accounts.models import User
from tests.browser.test_accessibility import AXE, findings
from tests.browser.test_passkey import plug_in_authenticator, reach_passkey_step
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(300)
PAGES = ("", "2fa/", "2fa/webauthn/", "2fa/webauthn/add/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/")
MORE = (
    "2fa/totp/activate/",
    "sessions/",
    "password/change/",
    "email/",
    "logout/",
    "reauthenticate/",
    "2fa/reauthenticate/",
)


def problems_of(page: Page) -> list[str]:
    """What axe-core holds against the page. It is put in by the debugger's door: the page's own policy stands."""
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE)
    return findings(page)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (375, "dark")])
def test_it_passes_axe_in_the_account(open_page: Callable[..., Page], alice: User, width: int, theme: str) -> None:
    page = open_page(width=width, theme=theme)
    plug_in_authenticator(page)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/console/")
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Create the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert problems_of(page) == []
    for name in (*PAGES, *MORE):
        page.goto(f"/accounts/{name}")
        assert problems_of(page) == [], name


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (375, "dark")])
def test_it_passes_axe_at_the_second_step(open_page: Callable[..., Page], alice: User, width: int, theme: str) -> None:
    TOTP.activate(alice, generate_totp_secret())
    page = open_page(width=width, theme=theme)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/accounts/2fa/authenticate/")
    assert problems_of(page) == []
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Incorrect code").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert problems_of(page) == []


def test_it_passes_axe_on_the_way_to_a_first_passkey(open_page: Callable[..., Page], mailoutbox: list[Any]) -> None:
    page = open_page(width=375)
    plug_in_authenticator(page)
    reach_passkey_step(page, mailoutbox, look=lambda: problems_of(page))
    page.get_by_role("button", name="Create the passkey").click()
    page.wait_for_url("**/console/")
    page.goto("/accounts/")
    assert page.get_by_text("You have no recovery codes").is_visible()
    assert problems_of(page) == []
