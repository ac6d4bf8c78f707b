"""What the registry issues about an agent, in every format, as the public npm libraries see it: signature, contexts,
DID document and status list all as published."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from identity.credentials.checks import CredentialFormat
from identity.credentials.contexts import agent_context_url, served_contexts
from identity.credentials.issue import issue_credential
from identity.credentials.issuers import registry_did_document
from identity.credentials.lifecycle import reinstate_credential, revoke_credential, suspend_credential
from identity.credentials.models import Credential, StatusListForm, StatusPublication
from identity.credentials.publish import publish_due
from identity.credentials.verify import verify_credential
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.primitives.multikey import KeyAlgorithm, PublicKey
from tests.foreigner import V1
from tests.interop.npm_side import Npm

pytestmark = pytest.mark.django_db
REGISTRY = system("registry")
NAMES = {KeyAlgorithm.ED25519: "EdDSA", KeyAlgorithm.P256: "ES256", KeyAlgorithm.P384: "ES384"}
Issue = Callable[..., Credential]


@pytest.fixture
def issued(acme: Any, make_agent: Callable[..., Any], at: datetime) -> Issue:
    agent = make_agent(acme)

    def issue(form: CredentialFormat = CredentialFormat.DATA_INTEGRITY, **choices: Any) -> Credential:
        return issue_credential(agent=agent, format=form, actor=REGISTRY, at=at, **choices)

    return issue


@pytest.fixture
def published() -> Callable[[], dict[str, Any]]:
    """What a verifier elsewhere fetches: the registry's DID document and its context."""

    def fetch() -> dict[str, Any]:
        document = registry_did_document(now())
        return {document["id"]: document, agent_context_url(): served_contexts()["agent"]}

    return fetch


def status_lists() -> dict[str, Any]:
    """The public lists by their addresses, after the worker's next round."""
    publish_due(at=now())
    bodies = [
        json.loads(bytes(body)) for body in StatusPublication.objects.exclude(form="t").values_list("body", flat=True)
    ]
    return {body["id"]: body for body in bodies}


def key_of(method: str) -> PublicKey:
    methods = registry_did_document(now())["verificationMethod"]
    return PublicKey.from_multikey(next(each["publicKeyMultibase"] for each in methods if each["id"] == method))


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_npm_verifies_the_identity_credential(
    npm: Npm, issued: Issue, published: Callable[[], dict[str, Any]], suite: str
) -> None:
    document = json.loads(issued().text)
    answer = npm.ask("verify_credential", credential=document, suite=suite, documents=published())
    assert answer["verified"], answer
    forged = {**document, "credentialSubject": {**document["credentialSubject"], "displayName": "The Bank"}}
    assert not npm.ask("verify_credential", credential=forged, suite=suite, documents=published())["verified"]


@pytest.mark.parametrize("suite", ["ecdsa-jcs-2019", "ecdsa-rdfc-2019"])
def test_npm_verifies_it_with_a_p256_key(
    npm: Npm, issued: Issue, published: Callable[[], dict[str, Any]], suite: str
) -> None:
    document = json.loads(issued(cryptosuites=[suite]).text)
    answer = npm.ask("verify_credential", credential=document, suite=suite, documents=published())
    assert answer["verified"], answer


def test_npm_follows_its_status_list(
    npm: Npm, issued: Issue, published: Callable[[], dict[str, Any]], at: datetime
) -> None:
    """Signature and list of every step, checked by the library as a vendor's program would."""
    credential = issued()
    document = json.loads(credential.text)

    def bits() -> dict[str, bool]:
        """Each purpose's bit, once the library has verified the credential and both lists."""
        answer = npm.ask(
            "verify_credential",
            credential=document,
            suite="eddsa-rdfc-2022",
            documents=published(),
            list=status_lists(),
        )
        assert answer["verified"], answer
        return {each["credentialStatus"]["statusPurpose"]: each["status"] for each in answer["status"]}

    assert bits() == {"revocation": False, "suspension": False}
    suspend_credential(credential=credential, reason="under_review", actor=REGISTRY, at=at)
    assert bits() == {"revocation": False, "suspension": True}
    reinstate_credential(credential=credential, actor=REGISTRY, at=at)
    assert bits() == {"revocation": False, "suspension": False}
    revoke_credential(credential=credential, reason="key_compromised", actor=REGISTRY, at=at)
    assert bits() == {"revocation": True, "suspension": False}


def test_npm_verifies_the_1_1_credential(npm: Npm, issued: Issue, published: Callable[[], dict[str, Any]]) -> None:
    document = json.loads(issued(CredentialFormat.DATA_INTEGRITY_V1).text)
    assert document["@context"][0] == V1
    for suite in ("eddsa-jcs-2022", "eddsa-rdfc-2022"):
        answer = npm.ask("verify_credential", credential=document, suite=suite, documents=published())
        assert answer["verified"], answer


def test_npm_verifies_the_ed25519_signature_2020(
    npm: Npm, issued: Issue, published: Callable[[], dict[str, Any]]
) -> None:
    document = json.loads(issued(CredentialFormat.ED25519_SIGNATURE_2020).text)
    answer = npm.ask("verify_2020", credential=document, documents=published())
    assert answer["verified"], answer
    forged = {**document, "issuanceDate": "2026-01-01T00:00:00Z"}
    assert not npm.ask("verify_2020", credential=forged, documents=published())["verified"]


def test_we_verify_the_ed25519_signature_2020_npm_makes(npm: Npm, at: datetime) -> None:
    unsigned = {
        "@context": [V1],
        "id": "urn:uuid:5c6f5a0e-0a51-4a7d-8c9c-6a2f3a1b0c9d",
        "type": ["VerifiableCredential"],
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:subject"},
    }
    made = npm.ask("issue_2020", credential=unsigned)
    verification = verify_credential(made["issued"], at=at)
    assert verification.is_verified, verification.checks
    forged = {**made["issued"], "issuanceDate": "2026-01-02T00:00:00Z"}
    assert not verify_credential(forged, at=at).is_verified


@pytest.mark.parametrize("algorithm", list(NAMES))
def test_npm_jose_verifies_the_vc_jwt(npm: Npm, issued: Issue, algorithm: KeyAlgorithm) -> None:
    token = issued(CredentialFormat.VC_JWT, algorithm=algorithm).text
    method = npm.ask("read_header", token=token)["header"]["kid"]
    key = key_of(method)
    answer = npm.ask("verify_jwt", token=token, jwk=key.jwk(), alg=NAMES[algorithm], typ="vc+jwt")
    assert answer["verified"], answer
    assert answer["claims"]["credentialSubject"]["type"] == "Agent"


def test_npm_jose_verifies_the_vc_claim_jwt(npm: Npm, issued: Issue) -> None:
    token = issued(CredentialFormat.VC_CLAIM_JWT).text
    header = npm.ask("read_header", token=token)["header"]
    key = PublicKey.from_multikey(header["kid"].partition("#")[0].removeprefix("did:key:"))
    answer = npm.ask("verify_jwt", token=token, jwk=key.jwk(), alg="EdDSA", typ=header.get("typ"))
    assert answer["verified"], answer
    assert answer["claims"]["vc"]["credentialSubject"]["type"] == "Agent"


def test_npm_verifies_the_sd_jwt_and_its_token_list(npm: Npm, issued: Issue, at: datetime) -> None:
    credential = issued(CredentialFormat.SD_JWT_VC, valid_for=timedelta(days=30))
    header = npm.ask("read_header", token=credential.text.partition("~")[0])["header"]
    command = {"token": credential.text, "jwk": key_of(header["kid"]).jwk(), "alg": "EdDSA"}

    def asked() -> dict[str, Any]:
        publish_due(at=datetime.now(UTC))
        body = StatusPublication.objects.get(form=StatusListForm.TOKEN).body
        return npm.ask("verify_sd_jwt", **command, statusList=bytes(body).decode())

    answer = asked()
    assert answer["verified"], answer
    assert answer["claims"]["cnf"]["jwk"]["crv"] == "Ed25519"
    revoke_credential(credential=credential, reason="key_compromised", actor=REGISTRY, at=at)
    assert not asked()["verified"]
