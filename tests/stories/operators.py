"""Operators in a story: staff with a password and an authenticator app, over HTTP, as their own browser sends it."""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management import call_command

from tests.stories.test_directory_story import PASSWORD, sign_up
from tests.stories.visitor import Page, Visitor

PERIOD_SECONDS = 30


@dataclass
class Operator:
    """Somebody at the desk."""

    name: str
    visitor: Visitor

    def read(self, path: str) -> Page:
        page = self.visitor.get(path)
        assert page.status == 200, said(page)
        return page

    def do(self, path: str, *, having: str, **values: str | list[str]) -> Page:
        """Open a page of the desk and send the form on it that has this field."""
        page = self.visitor.submit(self.read(path), having=having, **values)
        assert page.status == 200, said(page)
        return page


def operator_of(base: str, name: str, *, role: str = "analyst") -> Operator:
    """Signs up, is made an operator by the command on the server, sets up an app for codes, and gives one."""
    email = f"{name.lower()}@registry.example"
    visitor = sign_up(base, email)
    call_command("operator", "add", email, "--role", role, verbosity=0)
    page = visitor.get("/accounts/2fa/totp/activate/")
    page = visitor.submit(page, having="password", password=PASSWORD)
    secret = re.search(r"\b[A-Z2-7]{32}\b", html.unescape(page.text))
    assert secret, page.text
    page = visitor.submit(page, having="code", code=code_of(secret[0]))
    assert page.status == 200, page.text
    page = visitor.get("/desk/")
    page = visitor.submit(page, having="code", code=code_of(secret[0]))
    assert page.url == f"{base}/desk/", page.url
    return Operator(name, visitor)


def said(page: Page) -> str:
    """What a page says, for a test that did not expect it: status, address, and its words without the markup."""
    words = re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2])
    return f"{page.status} {page.url}: {' '.join(html.unescape(words).split())[:3000]}"


def code_of(secret: str) -> str:
    """What the app shows now (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_SECONDS))
