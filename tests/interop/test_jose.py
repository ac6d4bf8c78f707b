"""``vc+jwt`` and ``vp+jwt``: panva's jose (npm), PyJWT and jwcrypto read our tokens, and their tokens are read here."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws

from identity.credentials.did_keys import offline_keys
from identity.credentials.jose import OpenedJwt, sign_vc_jwt, sign_vp_jwt, verify_vc_jwt, verify_vp_jwt
from identity.primitives.did import did_key
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner
from tests.interop.npm_side import Npm

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAMES = {KeyAlgorithm.ED25519: "EdDSA", KeyAlgorithm.P256: "ES256", KeyAlgorithm.P384: "ES384"}
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:uuid:5c6f5a0e-0a51-4a7d-8c9c-6a2f3a1b0c9d",
    "type": ["VerifiableCredential"],
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:subject", "name": "Conciërge"},
}
PRESENTATION = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"]}


def signer_of(algorithm: KeyAlgorithm) -> LocalSigner:
    private = PrivateKey.generate(algorithm)
    return LocalSigner(private, f"{did_key(private.public_key)}#{private.public_key.multikey}")


def did_of(signer: LocalSigner) -> str:
    return signer.verification_method.partition("#")[0]


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_npm_jose_verifies_our_credential(npm: Npm, algorithm: KeyAlgorithm) -> None:
    signer = signer_of(algorithm)
    token = sign_vc_jwt({**DOCUMENT, "issuer": did_of(signer)}, signer=signer)
    key = signer.public_key.jwk()
    answer = npm.ask("verify_jwt", token=token, jwk=key, alg=NAMES[algorithm], typ="vc+jwt")
    assert answer["verified"], answer
    assert answer["claims"] == {**DOCUMENT, "issuer": did_of(signer)}
    if algorithm is KeyAlgorithm.ED25519:  # RFC 9864 gives the same signature a second name
        assert answer["header"]["alg"] == "EdDSA"


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_pyjwt_and_jwcrypto_verify_our_credential(algorithm: KeyAlgorithm) -> None:
    signer = signer_of(algorithm)
    document = {**DOCUMENT, "issuer": did_of(signer)}
    token = sign_vc_jwt(document, signer=signer)
    key = signer.public_key.jwk()
    opened = jwt.decode_complete(token, jwt.PyJWK(key, NAMES[algorithm]), algorithms=[NAMES[algorithm]])
    assert (opened["payload"], opened["header"]["typ"]) == (document, "vc+jwt")
    other = jwcrypto_jws.JWS()
    other.allowed_algs = [NAMES[algorithm]]
    other.deserialize(token, jwcrypto_jwk.JWK(**key))
    assert json.loads(other.payload) == document


@pytest.mark.parametrize("alg", [*NAMES.values(), "Ed25519"])
def test_we_verify_the_credential_npm_jose_signs(npm: Npm, alg: str) -> None:
    made = npm.ask(
        "issue_jwt", alg=alg, header={"typ": "vc+jwt", "kid": "{did}#0"}, claims={**DOCUMENT, "issuer": "{did}"}
    )
    opened = verify_vc_jwt(made["token"], key_for=offline_keys(), at=AT)
    assert isinstance(opened, OpenedJwt), opened
    assert opened.document == {**DOCUMENT, "issuer": made["did"]}


def test_we_verify_the_credential_pyjwt_signs() -> None:
    private = PrivateKey.generate(KeyAlgorithm.P256)
    public = private.public_key.jwk()
    did = "did:jwk:" + base64.urlsafe_b64encode(json.dumps(public).encode()).rstrip(b"=").decode()
    token = jwt.encode(
        {**DOCUMENT, "issuer": did}, private.to_pem(), algorithm="ES256", headers={"typ": "vc+jwt", "kid": f"{did}#0"}
    )
    opened = verify_vc_jwt(token, key_for=offline_keys(), at=AT)
    assert isinstance(opened, OpenedJwt), opened
    assert opened.verification_method == f"{did}#0"


def test_npm_jose_verifies_our_presentation(npm: Npm) -> None:
    signer = signer_of(KeyAlgorithm.ED25519)
    presentation = {**PRESENTATION, "holder": did_of(signer)}
    token = sign_vp_jwt(presentation, signer=signer, at=AT, challenge="n-1", domain="vendor.example")
    answer = npm.ask("verify_jwt", token=token, jwk=signer.public_key.jwk(), alg="EdDSA", typ="vp+jwt")
    assert answer["verified"], answer
    assert (answer["claims"]["nonce"], answer["claims"]["aud"]) == ("n-1", "vendor.example")


def test_we_verify_the_presentation_npm_jose_signs(npm: Npm) -> None:
    claims = {**PRESENTATION, "holder": "{did}", "iss": "{did}", "nonce": "n-1", "aud": ["vendor.example"]}
    made = npm.ask("issue_jwt", alg="ES256", header={"typ": "vp+jwt", "kid": "{did}#0"}, claims=claims)
    opened = verify_vp_jwt(made["token"], key_for=offline_keys(), at=AT, challenge="n-1", domain="vendor.example")
    assert isinstance(opened, OpenedJwt), opened
    assert opened.document["holder"] == made["did"]
