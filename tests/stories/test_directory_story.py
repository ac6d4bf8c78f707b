"""The first story of the product, over HTTP only: an owner puts an agent on the register, a vendor checks it with a
verifier of its own, and every change of standing reaches the vendor's next question."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core import mail
from django.urls import get_resolver

from tests.stories.independent_verifier import BASE58, canonical, verify_answer
from tests.stories.visitor import Page, Program, Visitor

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long walk along the quiet river"


class AgentKey:
    """The agent's own key, outside the product: a multikey to show and a hand to sign with."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.multikey = "z" + base58(b"\xed\x01" + self._private.public_key().public_bytes_raw())

    def sign(self, document: dict[str, Any]) -> str:
        return urlsafe_b64encode(self._private.sign(canonical(document))).decode().rstrip("=")


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return text


def sign_up(base: str, email: str) -> Visitor:
    visitor = Visitor(base)
    page = visitor.get("/accounts/signup/")
    page = visitor.submit(page, having="email", email=email, password1=PASSWORD, password2=PASSWORD)
    code = re.search(r"^\s*([A-Z0-9-]{6,12})\s*$", mail.outbox[-1].body, re.MULTILINE)
    assert code, mail.outbox[-1].body
    page = visitor.submit(page, having="code", code=code[1])
    assert page.status == 200, page.text
    assert page.url.startswith(f"{base}/console/"), page.url
    return visitor


def resolve_and_verify(vendor: Program, query: str, status: int = 200) -> dict[str, Any]:
    page = vendor.get(f"/v1/resolve/{query}")
    assert page.status == status, page.text
    answer: dict[str, Any] = page.json()
    assert answer["query"] == query
    assert verify_answer(answer, vendor.get("/.well-known/did.json").json())
    assert not verify_answer({**answer, "epoch": answer["epoch"] + 1}, vendor.get("/.well-known/did.json").json())
    return answer


def created(page: Page) -> dict[str, Any]:
    assert page.status == 201, page.text
    result: dict[str, Any] = page.json()
    return result


def prove(owner: Program, purpose: str, key: AgentKey, **more: str) -> dict[str, str]:
    asked = {"purpose": purpose, "public_key": key.multikey, **more}
    challenge = created(owner.post("/v1/agents/challenges", asked))
    return {"challenge": challenge["id"], "signature": key.sign(challenge["document"])}


def service_key_of(visitor: Visitor, console: str) -> str:
    page = visitor.get(f"{console}service-keys/new/")
    scopes = page.form(having="scopes").choices["scopes"]
    page = visitor.submit(page, having="scopes", name="Story", scopes=scopes)
    secret = re.search(r"atn_[A-Za-z0-9_-]{20,}", page.text)
    assert secret, page.text
    return secret[0]


def console_paths(console: str, agent: str) -> list[str]:
    """Every console address of the URL conf, filled in with the owner's own things."""
    known = {"organization_id": console.split("/")[-2], "agent_id": agent}
    routes = [
        str(leaf.pattern) for part in get_resolver().url_patterns for leaf in getattr(part, "url_patterns", [part])
    ]
    own = [route for route in routes if route.startswith("console/<str:organization_id>")]
    return ["/" + re.sub(r"<\w+:(\w+)>", lambda match: known.get(match[1], "unknown"), route) for route in own]


def test_from_sign_up_to_a_suspension_the_vendor_sees(live_server: Any) -> None:
    base = live_server.url
    alice = sign_up(base, "alice@example.org")

    # She makes an organization and a key for her programs, on the web.
    page = alice.submit(alice.get("/console/organizations/new/"), having="country", name="Acme", country="DE")
    assert page.status == 200
    found = re.search(r"/console/org_[0-9a-z]+/", page.url)
    assert found, page.url
    console = found[0]
    owner = Program(base, service_key_of(alice, console))

    # She registers an agent by signing the challenge with the agent's own key, and names it.
    created(owner.post("/v1/zones", {"label": "acme"}))
    key = AgentKey()
    proof = prove(owner, "register", key)
    agent = created(owner.post("/v1/agents", {**proof, "display_name": "Concierge", "name": "concierge.acme"}))
    replayed = owner.post("/v1/agents", {**proof, "display_name": "Concierge again"})
    assert (replayed.status, replayed.json()["code"]) == (409, "challenge_already_used"), replayed.text

    # A vendor who knows nothing but HTTP and the standard resolves and verifies it.
    vendor = Program(base)
    answer = resolve_and_verify(vendor, "concierge.acme")
    assert answer["identity"]["did"] == agent["did"]
    assert answer["accountable"]["name"] == "Acme"
    assert answer["standing"]["status"] == "active"
    assert [m["public_key_multibase"] for m in answer["identity"]["verification_methods"]] == [key.multikey]

    # The owner rotates the key at once: the vendor's next answer names the new one alone.
    successor = AgentKey()
    rotation = prove(owner, "key", successor, agent=agent["id"])
    retired = answer["identity"]["verification_methods"][0]["id"].partition("#")[2]
    rotated = owner.post(f"/v1/agents/{agent['id']}/keys/rotate", {**rotation, "retire": retired, "overlap_seconds": 0})
    assert rotated.status == 201, rotated.text
    after = resolve_and_verify(vendor, "concierge.acme")
    assert [m["public_key_multibase"] for m in after["identity"]["verification_methods"]] == [successor.multikey]
    assert after["epoch"] > answer["epoch"]

    # She suspends it: the next answer says so, under its name and under its DID.
    suspended = owner.post(f"/v1/agents/{agent['id']}/suspend", {"reason": "maintenance"})
    assert suspended.status == 200, suspended.text
    assert resolve_and_verify(vendor, "concierge.acme")["standing"]["status"] == "suspended"
    by_did = vendor.get(f"/v1/resolve/{agent['did'].replace('%', '%25')}")
    assert by_did.json()["standing"]["status"] == "suspended"

    # Nobody home is an answer too, and it is signed.
    assert resolve_and_verify(vendor, "nobody.acme", status=404)["rcode"] == "NXDOMAIN"

    # A signed-in stranger sees nothing of Alice's console; whoever is not signed in is asked to, for any address alike.
    charlie = sign_up(base, "charlie@example.org")
    paths = console_paths(console, agent["id"])
    assert len(paths) >= 20, paths
    for path in paths:
        assert charlie.get(path).status == 404, path
        assert Visitor(base).get(path).url.startswith(f"{base}/accounts/login/"), path
    assert Visitor(base).get("/console/org_made_up/").url.startswith(f"{base}/accounts/login/")
    assert alice.get(console).status == 200
