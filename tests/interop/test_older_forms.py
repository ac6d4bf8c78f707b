"""VCDM 1.1 with Ed25519Signature2020 and as JWTs with a ``vc`` or ``vp`` claim: through didkit here, npm there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from identity.credentials.didkit_door import (
    issue_ed25519_2020,
    issue_vc_claim_jwt,
    present_ed25519_2020,
    present_vp_claim_jwt,
)
from identity.credentials.verify import verify_credential
from identity.credentials.verify_presentation import verify_presentation
from identity.primitives.did import did_key
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from tests.foreigner import V1
from tests.interop.npm_side import Npm

pytestmark = pytest.mark.django_db
AT = datetime.now(UTC).replace(microsecond=0)
QUESTION = {"challenge": "n-1", "domain": "vendor.example"}


def new_signer() -> LocalSigner:
    private = PrivateKey.generate()
    return LocalSigner(private, f"{did_key(private.public_key)}#{private.public_key.multikey}")


def credential(issuer: str = "") -> dict[str, Any]:
    return {
        "@context": [V1],
        "id": "urn:uuid:5c6f5a0e-0a51-4a7d-8c9c-6a2f3a1b0c9d",
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:subject"},
    }


def presentation(holder: str, *credentials: Any) -> dict[str, Any]:
    shown = {"@context": [V1], "type": ["VerifiablePresentation"], "holder": holder}
    return {**shown, "verifiableCredential": list(credentials)}


@pytest.fixture
def signer() -> LocalSigner:
    return new_signer()


@pytest.fixture
def did(signer: LocalSigner) -> str:
    return did_key(signer.public_key)


def test_npm_verifies_our_presentation_of_2020(npm: Npm, signer: LocalSigner, did: str) -> None:
    inner = issue_ed25519_2020(credential(did), signer=signer, at=AT)
    shown = present_ed25519_2020(presentation(did, inner), signer=signer, at=AT, **QUESTION)
    answer = npm.ask("verify_presentation_2020", presentation=shown, **QUESTION)
    assert answer["verified"], answer
    assert not npm.ask("verify_presentation_2020", presentation=shown, **{**QUESTION, "challenge": "n-2"})["verified"]


def test_we_verify_the_presentation_of_2020_npm_makes(npm: Npm) -> None:
    inner = npm.ask("issue_2020", credential=credential())["issued"]
    made = npm.ask("issue_presentation_2020", credentials=[inner], **QUESTION)
    verification = verify_presentation(made["issued"], at=AT, **QUESTION)
    assert verification.is_verified, (verification.checks, verification.credentials)
    assert verification.issuer == made["holder"]
    assert not verify_presentation(made["issued"], at=AT, **{**QUESTION, "domain": "other.example"}).is_verified
    forged = {**made["issued"], "verifiableCredential": [{**inner, "issuanceDate": "2026-01-02T00:00:00Z"}]}
    assert not verify_presentation(forged, at=AT, **QUESTION).is_verified


def test_npm_verifies_our_jwts_with_claims(npm: Npm, signer: LocalSigner, did: str) -> None:
    token = issue_vc_claim_jwt(credential(did), signer=signer)
    shown = present_vp_claim_jwt(presentation(did, token), signer=signer, **QUESTION)
    for text in (token, shown):
        answer = npm.ask("verify_jwt", token=text, jwk=signer.public_key.jwk(), alg="EdDSA", typ=None)
        assert answer["verified"], answer
    assert (answer["claims"]["nonce"], answer["claims"]["aud"]) == ("n-1", "vendor.example")


def test_we_verify_the_jwt_with_a_vc_claim_npm_makes(npm: Npm) -> None:
    moment = int(AT.timestamp())
    claims = {"iss": "{did}", "nbf": moment, "jti": credential()["id"], "sub": "did:example:subject"}
    claims |= {"vc": credential("{did}")}
    claims["vc"]["issuanceDate"] = AT.isoformat().replace("+00:00", "Z")
    made = npm.ask("issue_jwt", alg="EdDSA", header={"typ": "JWT", "kid": "{did}#0"}, claims=claims)
    verification = verify_credential(made["token"], at=AT)
    assert verification.is_verified, verification.checks
    assert verification.issuer == made["did"]
    head, _, signature = made["token"].rpartition(".")
    assert not verify_credential(f"{head}.{signature[::-1]}", at=AT).is_verified
