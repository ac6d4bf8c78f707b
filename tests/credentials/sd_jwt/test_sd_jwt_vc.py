"""SD-JWT VC: claims shown one by one, by the holder only, to one verifier."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from identity.credentials import sd_jwt
from identity.credentials.did_keys import offline_keys
from identity.credentials.jws import base64url, sign_jws
from identity.credentials.jwt_checks import Refused
from identity.credentials.sd_jwt_vc import OpenedSdJwt, issue_sd_jwt_vc, present_sd_jwt_vc, verify_sd_jwt_vc
from identity.primitives.did import did_key
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
VCT = "https://attorn.example/vct/agent"
CLAIMS = {"sub": "did:web:agent.example", "principal": "Alice", "limits": {"eur": 40}, "tags": ["a", "b"]}
key_for = offline_keys()


def signer_of(algorithm: KeyAlgorithm = KeyAlgorithm.ED25519) -> LocalSigner:
    key = PrivateKey.generate(algorithm)
    return LocalSigner(key, f"{did_key(key.public_key)}#{key.public_key.multikey}")


@pytest.fixture
def issuer() -> LocalSigner:
    return signer_of(KeyAlgorithm.P256)


@pytest.fixture
def holder() -> LocalSigner:
    return signer_of()


@pytest.fixture
def issued(issuer: LocalSigner, holder: LocalSigner) -> str:
    return issue_sd_jwt_vc(
        CLAIMS,
        vct=VCT,
        signer=issuer,
        valid_from=AT,
        valid_until=AT + timedelta(days=30),
        holder_key=holder.public_key,
        disclosable=["principal", "limits"],
        status_list={"idx": 7, "uri": "https://attorn.example/status/t/1"},
    )


@pytest.fixture
def show(issued: str, holder: LocalSigner) -> Callable[..., str]:
    def show(by: LocalSigner = holder, when: datetime = AT, **changes: Any) -> str:
        values = {"disclose": ["principal"], "audience": "shop.example", "nonce": "n1", **changes}
        return present_sd_jwt_vc(issued, holder=by, at=when, **values)

    return show


def opened(text: str, **asked: Any) -> OpenedSdJwt:
    found = verify_sd_jwt_vc(text, key_for=key_for, at=asked.pop("at", AT), **asked)
    assert isinstance(found, OpenedSdJwt), found
    return found


def refusal(text: str, **asked: Any) -> str:
    found = verify_sd_jwt_vc(text, key_for=key_for, at=asked.pop("at", AT), **asked)
    assert isinstance(found, Refused), "the attack went through"
    return found.code


def test_it_shows_everything_to_its_holder(issued: str, holder: LocalSigner) -> None:
    found = opened(issued)
    assert {name: found.claims[name] for name in CLAIMS} == CLAIMS
    assert (found.vct, found.holder_key, found.is_bound) == (VCT, holder.public_key, False)
    assert found.status_list == {"idx": 7, "uri": "https://attorn.example/status/t/1"}


def test_it_shows_a_verifier_only_what_the_holder_chose(show: Callable[..., str]) -> None:
    found = opened(show(), audience="shop.example", nonce="n1")
    assert found.claims["principal"] == "Alice"
    assert "limits" not in found.claims
    assert found.is_bound
    assert "Alice" not in show(disclose=[])


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_it_is_issued_with_every_kind_of_key(algorithm: KeyAlgorithm) -> None:
    text = issue_sd_jwt_vc({}, vct=VCT, signer=signer_of(algorithm), valid_from=AT, valid_until=AT + timedelta(1))
    assert opened(text).holder_key is None


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"audience": "other.example"}, "domain_mismatch"),
        ({"nonce": "n2"}, "challenge_mismatch"),
        ({"at": AT + timedelta(minutes=11)}, "key_binding_stale"),
        ({"at": AT - timedelta(minutes=6)}, "not_yet_valid"),
        ({"at": AT + timedelta(days=31)}, "expired"),
    ],
)
def test_it_refuses_a_replay(show: Callable[..., str], asked: dict[str, Any], code: str) -> None:
    """Attack: what one verifier saw is shown to another, or again later."""
    assert refusal(show(), **{"audience": "shop.example", "nonce": "n1", **asked}) == code


def test_it_refuses_a_credential_without_its_holder(issued: str, show: Callable[..., str]) -> None:
    """Attack: a copied credential is shown by somebody else, or with the key binding cut off."""
    assert refusal(issued, nonce="n1") == "key_binding_missing"
    assert refusal(show(by=signer_of())) == "holder_mismatch"


def test_it_refuses_disclosures_the_holder_did_not_sign_for(issued: str, show: Callable[..., str]) -> None:
    """Attack: a verifier adds a disclosure it knows from elsewhere, or drops one."""
    *shown, binding = show().split("~")
    everything = "~".join([*issued.split("~")[:-1], binding])
    assert refusal(everything) == "holder_mismatch"
    assert refusal("~".join([shown[0], binding])) == "holder_mismatch"


def test_it_refuses_a_disclosure_that_was_never_issued(issued: str) -> None:
    """Attack: the holder writes a claim of his own, shows one twice, or changes one."""
    forged = base64url(json.dumps(["salt", "principal", "Mallory"]).encode())
    token, first, *_ = issued.split("~")
    for text in (f"{issued}{forged}~", f"{token}~{first}~{first}~", f"{token}~{forged}~", f"{token}~@@~"):
        assert refusal(text) == "malformed_sd_jwt"


def test_it_needs_its_final_tilde(issued: str) -> None:
    assert refusal(issued.split("~")[0]) == "malformed_sd_jwt"


def payload(issuer: LocalSigner, **changes: Any) -> dict[str, Any]:
    return {"iss": issuer.verification_method.partition("#")[0], "vct": VCT, **changes}


def signed(issuer: LocalSigner, claims: dict[str, Any], *disclosures: str, typ: str = "dc+sd-jwt") -> str:
    token = sign_jws({"typ": typ, "kid": issuer.verification_method}, claims, signer=issuer)
    return "~".join([token, *disclosures, ""])


def disclosure(*parts: Any) -> str:
    return base64url(json.dumps(list(parts)).encode())


@pytest.mark.parametrize("name", ["exp", "cnf", "status", "vct", "nbf", "iss"])
def test_it_refuses_what_may_not_be_hidden(issuer: LocalSigner, name: str) -> None:
    """Attack: an expiry or a status that the holder shows only to those who do not mind."""
    hidden = disclosure("salt", name, 1)
    claims = {key: value for key, value in payload(issuer).items() if key != name}
    assert refusal(signed(issuer, {**claims, "_sd": [sd_jwt.digest(hidden)]}, hidden)) in {
        "malformed_sd_jwt",
        "malformed_credential",
    }
    with pytest.raises(InvalidInput):
        issue_sd_jwt_vc({name: 1}, vct=VCT, signer=issuer, valid_from=AT, valid_until=AT)


def test_it_reads_nested_claims_and_elements_of_lists(issuer: LocalSigner) -> None:
    city, inner = disclosure("s1", "city", "Berlin"), disclosure("s2", "DE")
    address = disclosure("s3", "address", {"_sd": [sd_jwt.digest(city)]})
    digests = [{"...": sd_jwt.digest(inner)}, {"...": sd_jwt.digest("hidden")}, "FR"]
    claims = payload(issuer, _sd=[sd_jwt.digest(address), sd_jwt.digest("decoy")], countries=digests)
    found = opened(signed(issuer, claims, city, inner, address)).claims
    assert (found["address"], found["countries"]) == ({"city": "Berlin"}, ["DE", "FR"])


NAMES = disclosure("s", "admin", True)


@pytest.mark.parametrize(
    ("changes", "disclosures"),
    [
        ({"_sd": [sd_jwt.digest(NAMES)] * 2}, [NAMES]),
        ({"_sd": [sd_jwt.digest(NAMES)], "inner": {"_sd": [sd_jwt.digest(NAMES)]}}, [NAMES]),
        ({"_sd": [sd_jwt.digest(NAMES)], "admin": False}, [NAMES]),
        ({"_sd": sd_jwt.digest(NAMES)}, [NAMES]),
        ({"_sd": [3]}, []),
        ({"_sd_alg": "md5"}, []),
        ({"inner": {"_sd_alg": "sha-256"}}, []),
        ({"...": "x"}, []),
        ({"list": [{"...": "x", "y": 1}]}, []),
        ({"list": [{"...": sd_jwt.digest(NAMES)}]}, [NAMES]),
        ({"_sd": [sd_jwt.digest(disclosure("s", "_sd", []))]}, [disclosure("s", "_sd", [])]),
        ({"_sd": [sd_jwt.digest(disclosure("s", "...", 1))]}, [disclosure("s", "...", 1)]),
        ({"_sd": [sd_jwt.digest(disclosure("s", 3, 1))]}, [disclosure("s", 3, 1)]),
        ({"_sd": [sd_jwt.digest(disclosure("s"))]}, [disclosure("s")]),
        ({"_sd": [sd_jwt.digest(disclosure(1, "a", 1))]}, [disclosure(1, "a", 1)]),
    ],
)
def test_it_refuses_digests_and_disclosures_that_do_not_fit(
    issuer: LocalSigner, changes: dict[str, Any], disclosures: list[str]
) -> None:
    """RFC 9901 section 7.1: one digest a place, one place a digest, no claim over another."""
    assert refusal(signed(issuer, payload(issuer, **changes), *disclosures)) == "malformed_sd_jwt"


def test_it_bounds_disclosures_size_and_depth(issuer: LocalSigner) -> None:
    """Attack: thousands of disclosures, megabytes of text, claims that nest through disclosures without end."""
    many = [disclosure(str(number), f"c{number}", 1) for number in range(101)]
    claims = payload(issuer, _sd=[sd_jwt.digest(one) for one in many])
    assert refusal(signed(issuer, claims, *many)) == "malformed_sd_jwt"
    assert refusal("x" * 1_000_000 + "~") == "body_too_large"
    nested, last = [], disclosure("s", "x", 1)
    for _ in range(60):
        nested.append(last)
        last = disclosure("s", "x", {"_sd": [sd_jwt.digest(last)]})
    claims = payload(issuer, _sd=[sd_jwt.digest(last)])
    assert refusal(signed(issuer, claims, *nested, last)) == "malformed_sd_jwt"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"vct": None}, "malformed_credential"), ({"iss": 1}, "malformed_credential"), ({"cnf": {}}, "malformed_sd_jwt")],
)
def test_it_refuses_a_token_without_its_parts(issuer: LocalSigner, changes: dict[str, Any], code: str) -> None:
    assert refusal(signed(issuer, payload(issuer, **changes))) == code


def test_it_refuses_another_type_of_token(issuer: LocalSigner) -> None:
    assert refusal(signed(issuer, payload(issuer), typ="vc+jwt")) == "jwt_header_refused"
    assert opened(signed(issuer, payload(issuer), typ="vc+sd-jwt"))


# An independent library, both ways


def jwk_of(signer: LocalSigner) -> JWK:
    return JWK.from_pem(signer.private_key.to_pem().encode())


def test_it_is_read_by_an_independent_library(issuer: LocalSigner) -> None:
    holder = signer_of(KeyAlgorithm.P256)  # the library knows one algorithm for both tokens
    issued = issue_sd_jwt_vc(
        CLAIMS,
        vct=VCT,
        signer=issuer,
        valid_from=AT,
        valid_until=AT + timedelta(days=30),
        holder_key=holder.public_key,
        disclosable=["principal", "limits"],
    )
    shown = present_sd_jwt_vc(issued, disclose=["principal"], holder=holder, audience="shop.example", nonce="n1", at=AT)

    def public_key(_: str, header: dict[str, Any] | None = None) -> JWK:
        return JWK(**issuer.public_key.jwk())

    verifier = SDJWTVerifier(shown, public_key, expected_aud="shop.example", expected_nonce="n1")
    claims = verifier.get_verified_payload()
    assert (claims["principal"], "limits" in claims, claims["vct"]) == ("Alice", False, VCT)


def test_it_reads_what_an_independent_library_issues(issuer: LocalSigner) -> None:
    holder = signer_of(KeyAlgorithm.P256)
    claims = {
        **payload(issuer),
        SDObj("principal"): "Alice",
        "address": {SDObj("city"): "Berlin"},
        "n": [SDObj("x"), "y"],
    }
    header = {"typ": "dc+sd-jwt", "kid": issuer.verification_method}
    theirs = SDJWTIssuer(
        claims, jwk_of(issuer), holder_key=JWK(**holder.public_key.jwk()), extra_header_parameters=header
    ).sd_jwt_issuance
    wallet = SDJWTHolder(theirs)
    wallet.create_presentation(
        {"principal": True, "address": {"city": True}, "n": [True]}, "n1", "shop.example", jwk_of(holder)
    )
    found = opened(wallet.sd_jwt_presentation, audience="shop.example", nonce="n1", at=datetime.now(UTC))
    assert (found.claims["principal"], found.claims["address"], found.claims["n"]) == (
        "Alice",
        {"city": "Berlin"},
        ["x", "y"],
    )
    assert found.is_bound
