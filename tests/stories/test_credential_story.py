"""The second story of the product, over HTTP only: an agent gets its papers, shows them, and they are taken away.

The vendor has a verifier of its own that asks the registry for public documents and decides by itself. List, online
answer and that verifier follow each step.
"""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from identity.credentials.tasks import publish_status_lists
from tests.foreigner import Foreigner
from tests.stories.independent_verifier import canonical, verify_answer
from tests.stories.test_directory_story import created, prove, service_key_of, sign_up
from tests.stories.visitor import Program, Visitor

pytestmark = pytest.mark.django_db(transaction=True)
SUITE = "eddsa-jcs-2022"
QUESTION = {"challenge": "n-4711", "domain": "vendor.example"}


@dataclass
class AgentKey:
    """The agent's own key, outside the product: for the challenge of the registry and for presentations."""

    holder: Foreigner = field(default_factory=Foreigner)

    @property
    def multikey(self) -> str:
        return self.holder.multikey

    def sign(self, document: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(self.holder.sign(canonical(document))).decode().rstrip("=")

    def present(self, credential: dict[str, Any], *, method: str, **question: str) -> dict[str, Any]:
        presentation = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "holder": method.partition("#")[0],
            "verifiableCredential": [credential],
        }
        options = {"verificationMethod": method, "proofPurpose": "authentication", **question}
        return {**presentation, "proof": self.holder.proof(presentation, SUITE, **options)}


@dataclass
class Vendor:
    """A shop's verifier. It knows HTTP, the standards, and one thing by heart: which registry it trusts."""

    program: Program
    registry: str

    def __post_init__(self) -> None:
        self.did_document = self.program.get("/.well-known/did.json").json()
        assert self.did_document["id"] == self.registry

    def accepts(self, presentation: dict[str, Any]) -> bool:
        """Offline but for the public lists: whose credential, whose key, which question, and does it still count?"""
        credential = presentation["verifiableCredential"][0]
        subject = credential["credentialSubject"]
        keys = {key["id"]: key["publicKeyMultibase"] for key in subject["verificationKey"]}
        holder = {"id": subject["id"], "verificationMethod": [], "assertionMethod": []}
        for method, multikey in keys.items():
            holder["verificationMethod"].append({"id": method, "publicKeyMultibase": multikey})
            holder["assertionMethod"].append(method)
        proof = presentation["proof"]
        is_answer = {name: proof.get(name) for name in QUESTION} == QUESTION
        is_held = presentation["holder"] == subject["id"] and proof["proofPurpose"] == "authentication"
        return (
            is_answer
            and is_held
            and verify_answer(presentation, holder)
            and credential["issuer"] == self.registry
            and self.is_signed(credential)
            and not any(self.is_set(entry) for entry in credential["credentialStatus"])
        )

    def is_signed(self, credential: dict[str, Any]) -> bool:
        proofs = credential["proof"] if isinstance(credential["proof"], list) else [credential["proof"]]
        readable = next(proof for proof in proofs if proof["cryptosuite"] == SUITE)
        return verify_answer({**credential, "proof": readable}, self.did_document)

    def is_set(self, entry: dict[str, str]) -> bool:
        """The bit of a Bitstring Status List entry, out of the list as anybody may fetch it."""
        page = self.program.get(urlsplit(entry["statusListCredential"]).path)
        assert page.status == 200, page.text
        assert "json" in page.headers["content-type"]
        credential = page.json()
        subject = credential["credentialSubject"]
        assert credential["id"] == entry["statusListCredential"]
        assert subject["statusPurpose"] == entry["statusPurpose"]
        assert self.is_signed(credential)
        packed = subject["encodedList"].removeprefix("u")
        bits = gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        index = int(entry["statusListIndex"])
        assert len(bits) * 8 >= 131_072
        return bool(bits[index // 8] >> (7 - index % 8) & 1)


def online(vendor: Program, presentation: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """What the registry itself says, and each check of the credential inside."""
    page = vendor.post("/presentations/verify", {"verifiablePresentation": presentation, "options": QUESTION})
    batch = vendor.post("/v1/verify", {"credentials": presentation["verifiableCredential"]})
    assert batch.status == 200, batch.text
    checks = {check["name"]: check["code"] for check in batch.json()["results"][0]["checks"]}
    return page.status, checks


def organization(base: str, email: str, **fields: str) -> Program:
    """Somebody signs up, makes an organization and a key for its programs."""
    visitor = sign_up(base, email)
    page = visitor.submit(visitor.get("/console/organizations/new/"), having="country", **fields)
    return Program(base, service_key_of(visitor, urlsplit(page.url).path))


def registered(base: str, key: AgentKey) -> tuple[Program, dict[str, Any]]:
    """Alice's program, and the agent she put on the register with the agent's own key."""
    owner = organization(base, "alice@example.org", name="Acme", country="DE")
    created(owner.post("/v1/zones", {"label": "acme"}))
    proof = prove(owner, "register", key)
    return owner, created(owner.post("/v1/agents", {**proof, "display_name": "Concierge", "name": "desk.acme"}))


def test_papers_are_given_shown_and_taken_away(live_server: Any, settings: Any) -> None:
    base = live_server.url
    settings.PUBLIC_URL, settings.PUBLIC_HOST = base, urlsplit(base).netloc

    # Alice registers an agent; it has its identity credential from the same moment.
    key = AgentKey()
    owner, agent = registered(base, key)
    held = owner.get(f"/v1/credentials?agent={agent['id']}").json()["items"]
    assert [(each["kind"], each["standing"]) for each in held] == [("identity", "active")]
    credential = owner.get(f"/v1/credentials/{held[0]['id']}").json()["document"]
    assert credential["credentialSubject"]["id"] == agent["did"]
    assert [proof["cryptosuite"] for proof in credential["proof"]] == ["eddsa-jcs-2022", "eddsa-rdfc-2022"]
    method = credential["credentialSubject"]["verificationKey"][0]["id"]

    # A vendor asks a question, the agent answers it, the vendor verifies by itself.
    shop = organization(base, "bob@example.org", name="Shop", country="NL")
    vendor = Vendor(Program(base), credential["issuer"])
    shown = key.present(credential, method=method, **QUESTION)
    assert vendor.accepts(shown)
    status, checks = online(shop, shown)
    assert (status, checks["status"]) == (200, "ok"), checks

    # What is not that answer is refused: an old one, a thief's, a changed one.
    stale = key.present(credential, method=method, **{**QUESTION, "challenge": "n-1"})
    stolen = AgentKey().present(credential, method=method, **QUESTION)
    better = {**credential, "credentialSubject": {**credential["credentialSubject"], "displayName": "The Bank"}}
    for bad in (stale, stolen, key.present(better, method=method, **QUESTION)):
        assert not vendor.accepts(bad)
        assert online(shop, bad)[0] == 400

    # Suspended: the online answer at once, the public list with the worker's next round.
    path = f"/v1/credentials/{held[0]['id']}"
    assert owner.post(f"{path}/suspend", {"reason": "under_review"}).json()["standing"] == "suspended"
    assert online(shop, shown) == (400, {**checks, "status": "suspended"})
    publish_status_lists()
    assert not vendor.accepts(shown)

    # Reinstated: both follow back.
    assert owner.post(f"{path}/reinstate").json()["standing"] == "active"
    assert online(shop, shown)[0] == 200
    publish_status_lists()
    assert vendor.accepts(shown)

    # The whole agent is suspended and reinstated: its papers with it, before any list says so.
    owner.post(f"/v1/agents/{agent['id']}/suspend", {"reason": "maintenance"})
    assert online(shop, shown)[0] == 400
    owner.post(f"/v1/agents/{agent['id']}/reinstate")
    assert online(shop, shown)[0] == 200

    # Revoked, for good: a second time is too late, and so is reinstating.
    assert owner.post(f"{path}/revoke", {"reason": "key_compromised"}).json()["standing"] == "revoked"
    assert online(shop, shown) == (400, {**checks, "status": "revoked"})
    publish_status_lists()
    assert not vendor.accepts(shown)
    for verb in ("reinstate", "suspend", "revoke"):
        again = owner.post(f"{path}/{verb}", {"reason": "unspecified"} if verb != "reinstate" else None)
        assert (again.status, again.json()["code"]) == (410, "credential_revoked"), again.text

    # A new one takes its place, and strangers see none of Alice's.
    fresh = created(owner.post("/v1/credentials", {"agent": agent["id"]}))
    assert vendor.accepts(key.present(fresh["document"], method=method, **QUESTION))
    assert shop.get(path).status == 404
    assert Program(base).get(path).status == 401
    assert Visitor(base).get(urlsplit(credential["credentialStatus"][0]["statusListCredential"]).path).status == 200
