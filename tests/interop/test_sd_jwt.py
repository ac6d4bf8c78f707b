"""SD-JWT VC: the sd-jwt libraries of npm and of Python read what we issue, and what they issue is read here."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from identity.credentials.did_keys import offline_keys
from identity.credentials.jws import sign_jws
from identity.credentials.sd_jwt_vc import OpenedSdJwt, issue_sd_jwt_vc, present_sd_jwt_vc, verify_sd_jwt_vc
from identity.primitives.bitstring import encode_token_list, pairs_of
from identity.primitives.did import did_key
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner
from tests.interop.npm_side import Npm

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
VCT = "https://registry.example/agent"
AUDIENCE, NONCE = "https://vendor.example", "n-1"
STATUS = {"idx": 4_711, "uri": "https://registry.example/status/t/1"}
LIST_ENTRIES = 131_072
NAMES = {KeyAlgorithm.ED25519: "EdDSA", KeyAlgorithm.P256: "ES256"}
each_algorithm = pytest.mark.parametrize("algorithm", list(NAMES))


def signer_of(algorithm: KeyAlgorithm) -> LocalSigner:
    private = PrivateKey.generate(algorithm)
    return LocalSigner(private, f"{did_key(private.public_key)}#{private.public_key.multikey}")


def ours(issuer: LocalSigner, holder: LocalSigner) -> str:
    """What we issue, shown with one of its two claims that may be hidden."""
    now = datetime.now(UTC).replace(microsecond=0)  # the libraries look at the clock on the wall
    issued = issue_sd_jwt_vc(
        {"sub": "did:example:agent", "limit": 50, "name": "Conciërge", "address": {"city": "Berlin"}},
        vct=VCT,
        signer=issuer,
        valid_from=now - timedelta(minutes=1),
        valid_until=now + timedelta(days=1),
        holder_key=holder.public_key,
        disclosable=["name", "address"],
        status_list=STATUS,
    )
    return present_sd_jwt_vc(issued, disclose=["name"], holder=holder, audience=AUDIENCE, nonce=NONCE, at=now)


def status_list(issuer: LocalSigner, **bits: list[int]) -> str:
    """The Token Status List that the credential points to, as the registry signs it."""
    now = int(datetime.now(UTC).timestamp())
    packed = pairs_of(bits.get("revoked", []), bits.get("suspended", []), size=LIST_ENTRIES)
    claims = {
        "sub": STATUS["uri"],
        "iat": now,
        "exp": now + 3_600,
        "status_list": {"bits": 2, "lst": encode_token_list(packed)},
    }
    return sign_jws({"typ": "statuslist+jwt", "kid": issuer.verification_method}, claims, signer=issuer)


def expected(claims: dict[str, Any]) -> None:
    assert (claims["vct"], claims["limit"], claims["name"]) == (VCT, 50, "Conciërge")
    assert "address" not in claims


@each_algorithm
def test_npm_verifies_what_we_issue(npm: Npm, algorithm: KeyAlgorithm) -> None:
    issuer, holder = signer_of(algorithm), signer_of(KeyAlgorithm.P256)
    command = {"jwk": issuer.public_key.jwk(), "alg": NAMES[algorithm]}
    command |= {"holderJwk": holder.public_key.jwk(), "holderAlg": "ES256", "nonce": NONCE}
    command |= {"statusList": status_list(issuer, revoked=[1], suspended=[2])}
    shown = ours(issuer, holder)
    answer = npm.ask("verify_sd_jwt", token=shown, **command)
    assert answer["verified"], answer
    expected(answer["claims"])
    assert answer["keyBinding"]["aud"] == AUDIENCE
    for bits in ({"revoked": [4_711]}, {"suspended": [4_711]}):
        answer = npm.ask("verify_sd_jwt", token=shown, **{**command, "statusList": status_list(issuer, **bits)})
        assert not answer["verified"]
        assert "Status" in answer["error"]
    stranger = signer_of(algorithm).public_key.jwk()
    assert not npm.ask("verify_sd_jwt", token=shown, **{**command, "jwk": stranger})["verified"]


def test_we_verify_what_npm_issues(npm: Npm) -> None:
    moment = int(AT.timestamp())
    claims = {"vct": VCT, "iat": moment, "exp": moment + 3_600, "limit": 50, "name": "Conciërge", "address": "x"}
    made = npm.ask(
        "issue_sd_jwt",
        claims=claims,
        disclosable=["name", "address"],
        present=["name"],
        audience=AUDIENCE,
        nonce=NONCE,
        issuedAt=moment,
    )
    opened = verify_sd_jwt_vc(made["presented"], key_for=offline_keys(), at=AT, audience=AUDIENCE, nonce=NONCE)
    assert isinstance(opened, OpenedSdJwt), opened
    assert (opened.issuer, opened.is_bound) == (made["issuer"], True)
    expected(opened.claims)


@each_algorithm
def test_the_python_library_verifies_what_we_issue(algorithm: KeyAlgorithm) -> None:
    issuer, holder = signer_of(algorithm), signer_of(KeyAlgorithm.P256)
    verifier = SDJWTVerifier(
        ours(issuer, holder), lambda issuer_name, header: JWK(**issuer.public_key.jwk()), AUDIENCE, NONCE
    )
    claims = verifier.get_verified_payload()
    expected(claims)
    assert claims["status"]["status_list"] == STATUS


def test_we_verify_what_the_python_library_issues() -> None:
    issuer_key, holder_key = JWK.generate(kty="EC", crv="P-256"), JWK.generate(kty="EC", crv="P-256")
    public = issuer_key.export_public(as_dict=True)
    did = "did:jwk:" + base64.urlsafe_b64encode(json.dumps(public).encode()).rstrip(b"=").decode()
    moment = int(AT.timestamp())
    issuer = SDJWTIssuer(
        {"iss": did, "vct": VCT, "iat": moment, "exp": moment + 3_600, "limit": 50}
        | {SDObj("name"): "Conciërge", SDObj("address"): "x", "nested": {SDObj("deep"): [1, SDObj(2)]}},
        issuer_key,
        holder_key=holder_key,
        extra_header_parameters={"typ": "dc+sd-jwt", "kid": f"{did}#0"},
    )
    holder = SDJWTHolder(issuer.sd_jwt_issuance)
    holder.create_presentation({"name": True, "nested": {"deep": [False, True]}})
    opened = verify_sd_jwt_vc(holder.sd_jwt_presentation, key_for=offline_keys(), at=AT)
    assert isinstance(opened, OpenedSdJwt), opened
    expected(opened.claims)
    assert opened.claims["nested"] == {"deep": [1, 2]}
    assert opened.holder_key is not None
