"""The pages of the account pass axe, with everything on them: passkeys, an app, codes, a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import User
from tests.browser.test_accessibility import findings, look_at
from tests.browser.test_passkey import plug_in_authenticator
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
    assert findings(page) == []
    assert look_at(page, [f"/accounts/{name}" for name in (*PAGES, *MORE)]) == {}
