"""Passkeys in a real browser, with a virtual authenticator in place of a finger: signing up, signing in, adding one."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import pytest
from allauth.mfa.models import Authenticator

from identity.accounts.models import User
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

EMAIL = "nora@example.org"


def plug_in_authenticator(page: Page) -> tuple[CDPSession, str]:
    """A platform authenticator that always recognises its owner (WebAuthn section 11)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


def reach_passkey_step(page: Page, mailoutbox: list[Any], look: Callable[[], list[str]] = list) -> None:
    """Sign up as far as the making of the passkey; ``look`` says what is wrong with each page on the way."""
    page.goto("/accounts/signup/")
    page.get_by_role("link", name="Sign up with a passkey").click()
    page.get_by_label("Email").fill(EMAIL)
    assert look() == []
    page.get_by_label("Your name").fill("Nora")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/accounts/confirm-email/")
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mailoutbox[-1].body, re.MULTILINE)
    assert code
    assert look() == []
    page.get_by_label("Code").fill(code.group())
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/accounts/2fa/webauthn/signup/")
    assert look() == []


def sign_up_with_passkey(page: Page, mailoutbox: list[Any]) -> None:
    reach_passkey_step(page, mailoutbox)
    page.get_by_role("button", name="Create the passkey").click()
    page.wait_for_url("**/console/")


def sign_out(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/accounts/login/")


def test_it_signs_up_and_in_with_a_passkey_and_no_password(
    open_page: Callable[..., Page], mailoutbox: list[Any]
) -> None:
    page = open_page()
    devtools, authenticator = plug_in_authenticator(page)
    sign_up_with_passkey(page, mailoutbox)

    user = User.objects.get(email=EMAIL)
    assert not user.has_usable_password()
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1
    (credential,) = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert (credential["rpId"], credential["isResidentCredential"]) == ("localhost", True)

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/console/")
    assert page.get_by_role("heading", name="Your organizations").is_visible()


def test_it_says_so_when_the_device_has_no_passkey_for_this_site(open_page: Callable[..., Page]) -> None:
    page = open_page()
    plug_in_authenticator(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("That did not work").wait_for()
    assert page.url.endswith("/accounts/login/")


def forge_origin(route: Any) -> None:
    """Let what the passkey signed look as if it had been signed for another site."""
    if route.request.method != "POST":
        route.continue_()
        return
    fields = dict(parse_qsl(route.request.post_data, keep_blank_values=True))
    credential = json.loads(fields["credential"])
    client_data = json.loads(urlsafe_b64decode(credential["response"]["clientDataJSON"] + "=="))
    client_data["origin"] = "https://attorn.example.net"
    forged = urlsafe_b64encode(json.dumps(client_data).encode()).decode().rstrip("=")
    credential["response"]["clientDataJSON"] = forged
    route.continue_(post_data=urlencode({**fields, "credential": json.dumps(credential)}))


def test_it_refuses_a_passkey_of_another_site(open_page: Callable[..., Page], mailoutbox: list[Any]) -> None:
    """Stops a look-alike site from passing on what its visitor signed there: the origin is part of what is signed."""
    page = open_page()
    plug_in_authenticator(page)
    sign_up_with_passkey(page, mailoutbox)
    sign_out(page)

    page.route("**/accounts/2fa/webauthn/login/", forge_origin)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("Incorrect code").wait_for()
    page.goto("/console/")
    assert "/accounts/login/" in page.url


def test_it_adds_a_passkey_to_an_account_with_a_password(open_page: Callable[..., Page], alice: User) -> None:
    page = open_page(user=alice)
    plug_in_authenticator(page)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name of this passkey").fill("Laptop")
    page.get_by_role("button", name="Create the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert page.locator("#recovery_codes li").count() == 10
    page.goto("/accounts/2fa/webauthn/")
    assert page.get_by_role("row", name="Laptop").get_by_text("Signs in alone").is_visible()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/console/")


@pytest.mark.parametrize("width", [375, 1280])
def test_it_fits_the_window(open_page: Callable[..., Page], alice: User, width: int) -> None:
    page = open_page(user=alice, width=width)
    for page_of_account in ("", "2fa/", "email/", "sessions/", "password/change/"):
        page.goto(f"/accounts/{page_of_account}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page_of_account
