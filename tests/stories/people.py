"""The people of the spending stories, over HTTP only: Anna with a phone, the agents she lends authority, a shop."""

from __future__ import annotations

import html
import json
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from django.core.management import call_command

from identity.primitives.canonical import canonicalize
from registry.client import AgentClient, PrivateKey, VendorClient
from tests.passkeys import SoftPasskey
from tests.stories.test_directory_story import created, prove, service_key_of, sign_up
from tests.stories.visitor import Page, Program, Visitor


@dataclass
class OwnKey:
    """An agent's key, in the form that the challenge of the register asks for."""

    private: PrivateKey = field(default_factory=PrivateKey.generate)

    @property
    def multikey(self) -> str:
        return self.private.public_key.multikey

    def sign(self, document: dict[str, Any]) -> str:
        return urlsafe_b64encode(self.private.sign(canonicalize(document))).decode().rstrip("=")


@dataclass
class Owner:
    """Somebody signed in with an organization of their own, and a program of theirs with a service key."""

    base: str
    visitor: Visitor
    console: str
    program: Program
    passkey: SoftPasskey

    def register(self, display_name: str) -> tuple[dict[str, Any], PrivateKey]:
        key = OwnKey()
        agent = {**prove(self.program, "register", key), "display_name": display_name}
        return created(self.program.post("/v1/agents", agent)), key.private

    def agent(self, display_name: str) -> AgentClient:
        agent, key = self.register(display_name)
        return AgentClient(self.base, agent["did"], key)

    def shop(self, display_name: str, **facts: Any) -> VendorClient:
        agent, key = self.register(display_name)
        created(self.program.post("/v1/vendors", {"agent": agent["id"], **facts}))
        return VendorClient(self.base, agent["did"], key=key)

    def say_yes(self, path: str) -> Page:
        """Read a page that asks for consent, and give it with the passkey."""
        page = self.visitor.get(path)
        assert page.status == 200, page.text
        return self.visitor.submit(page, having="consent", consent=self.passkey.answer(challenge_on(page)))

    def press(self, path: str, **values: str) -> Page:
        """A form that is a button: its page is read for the token, then it is sent."""
        token = self.visitor.get(self.console).form(having="csrfmiddlewaretoken").fields["csrfmiddlewaretoken"]
        body = "&".join(f"{name}={value}" for name, value in {"csrfmiddlewaretoken": token, **values}.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{self.base}{self.console}"}
        return self.visitor.request("POST", path, body=body, headers=headers)

    def usage(self, delegation: str) -> dict[str, dict[str, Any]]:
        """What was used of each counted limit of one link: ``{"L1": {"used": …, "elevated": …}}``."""
        shown = self.program.get(f"/v1/delegations/{delegation}").json()
        return {row["constraint"]: row for row in shown["usage"][delegation]}


def challenge_on(page: Page) -> str:
    data = re.search(r'<script id="consent_options" type="application/json">(.*?)</script>', page.text, re.DOTALL)
    assert data is not None, page.text
    return str(json.loads(html.unescape(data[1]))["challenge"])


def owner_of(base: str, name: str, *, country: str = "DE") -> Owner:
    """Signs up, founds an organization, adds a passkey and makes a service key."""
    from identity.accounts.models import User

    email = f"{name.lower()}@example.org"
    visitor = sign_up(base, email)
    page = visitor.submit(visitor.get("/console/organizations/new/"), having="country", name=name, country=country)
    found = re.search(r"/console/(org_[0-9a-z]+)/", page.url)
    assert found, page.url
    # The registry has looked at the organization: its agents may spend 500 EUR a day each.
    call_command("organization_assurance", found[1], 2, "--legal-id", f"{country}-HRB-{name}", verbosity=0)
    passkey = SoftPasskey(rp_id="localhost", origin=base).add_to(User.objects.get(email=email))
    program = Program(base, service_key_of(visitor, found[0]))
    return Owner(base, visitor, found[0], program, passkey)
