"""Credentials and presentations as JWTs: issued for any JOSE library, and read with suspicion."""

from __future__ import annotations

import base64
import json
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, OKPKey

from identity.credentials.did_keys import offline_keys
from identity.credentials.jose import (
    OpenedJwt,
    envelop,
    enveloped_token,
    sign_vc_jwt,
    sign_vp_jwt,
    verify_vc_jwt,
    verify_vp_jwt,
)
from identity.credentials.jws import base64url, parse_jws, sign_jws
from identity.credentials.jwt_checks import Refused
from identity.credentials.keys import UNREACHABLE, Unresolved
from identity.primitives.did import did_key
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner, Signer

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
JOSE_NAMES = {KeyAlgorithm.ED25519: "EdDSA", KeyAlgorithm.P256: "ES256", KeyAlgorithm.P384: "ES384"}
key_for = offline_keys()


def signer_of(algorithm: KeyAlgorithm = KeyAlgorithm.ED25519) -> LocalSigner:
    key = PrivateKey.generate(algorithm)
    return LocalSigner(key, f"{did_key(key.public_key)}#{key.public_key.multikey}")


def did_of(signer: Signer) -> str:
    return signer.verification_method.partition("#")[0]


def credential(signer: Signer, **changes: Any) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": did_of(signer),
        "credentialSubject": {"id": "did:web:agent.example"},
        **changes,
    }


@pytest.fixture
def signer() -> LocalSigner:
    return signer_of()


def refusal(token: str, at: datetime = AT) -> str:
    found = verify_vc_jwt(token, key_for=key_for, at=at)
    assert isinstance(found, Refused), "the attack went through"
    return found.code


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_it_opens_what_it_signed_with_every_kind_of_key(algorithm: KeyAlgorithm) -> None:
    signer = signer_of(algorithm)
    token = sign_vc_jwt(credential(signer), signer=signer)
    opened = verify_vc_jwt(token, key_for=key_for, at=AT)
    assert isinstance(opened, OpenedJwt)
    assert opened.document == credential(signer)
    assert opened.header == {
        "alg": JOSE_NAMES[algorithm],
        "kid": signer.verification_method,
        "typ": "vc+jwt",
        "cty": "vc",
    }


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_it_agrees_with_an_independent_jose_library_both_ways(algorithm: KeyAlgorithm) -> None:
    signer, name = signer_of(algorithm), JOSE_NAMES[algorithm]
    kind = OKPKey if algorithm is KeyAlgorithm.ED25519 else ECKey
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc warns that EdDSA has a newer name (RFC 9864)
        token = sign_vc_jwt(credential(signer), signer=signer)
        public = kind.import_key(signer.public_key.jwk())
        read = joserfc_jws.deserialize_compact(token.encode(), public, algorithms=[name])
        assert json.loads(read.payload) == credential(signer)
        private = kind.import_key(signer.private_key.to_pem())
        header = {"alg": name, "typ": "vc+jwt", "kid": signer.verification_method}
        theirs = joserfc_jws.serialize_compact(header, json.dumps(credential(signer)), private, algorithms=[name])
    assert isinstance(verify_vc_jwt(theirs, key_for=key_for, at=AT), OpenedJwt)


def test_it_takes_the_newer_name_of_the_same_algorithm(signer: LocalSigner) -> None:
    header = {"alg": "Ed25519", "typ": "application/vc+jwt", "kid": signer.verification_method}
    assert isinstance(
        verify_vc_jwt(sign_jws(header, credential(signer), signer=signer), key_for=key_for, at=AT), OpenedJwt
    )


@pytest.mark.parametrize("kid", [None, "relative"])
def test_it_finds_the_key_of_a_token_that_names_it_shortly(signer: LocalSigner, kid: str | None) -> None:
    header: dict[str, Any] = {"typ": "vc+jwt"}
    if kid:
        header["kid"] = "#" + signer.public_key.multikey
    assert isinstance(
        verify_vc_jwt(sign_jws(header, credential(signer), signer=signer), key_for=key_for, at=AT), OpenedJwt
    )


@pytest.mark.parametrize("alg", ["none", "None", "", "HS256", "ES256", "RS256", None, 3, ["EdDSA"]])
def test_it_takes_the_algorithm_from_the_key(signer: LocalSigner, alg: object) -> None:
    """Attack: alg none, or the public key as an HMAC secret: the token chooses how it is checked."""
    token = sign_jws(
        {"alg": alg, "typ": "vc+jwt", "kid": signer.verification_method}, credential(signer), signer=signer
    )
    assert refusal(token) == "invalid_signature"


@pytest.mark.parametrize("typ", ["JWT", "statuslist+jwt", "kb+jwt", "vp+jwt", "dc+sd-jwt", "", None, 1])
def test_it_refuses_a_token_signed_for_another_use(signer: LocalSigner, typ: object) -> None:
    """Attack: what the issuer signed elsewhere (a login, a list) is shown as a credential."""
    token = sign_jws({"typ": typ, "kid": signer.verification_method}, credential(signer), signer=signer)
    assert refusal(token) == "jwt_header_refused"


@pytest.mark.parametrize("extra", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}])
def test_it_refuses_extensions_it_does_not_know(signer: LocalSigner, extra: dict[str, Any]) -> None:
    token = sign_jws({"typ": "vc+jwt", "kid": signer.verification_method, **extra}, credential(signer), signer=signer)
    assert refusal(token) == "jwt_header_refused"


def test_it_never_uses_a_key_that_the_token_brings(signer: LocalSigner) -> None:
    """Attack: my own key in the header (jwk, jku, x5c) beside another's kid."""
    mallory = signer_of()
    header = {
        "typ": "vc+jwt",
        "kid": signer.verification_method,
        "jwk": mallory.public_key.jwk(),
        "jku": "https://m.example",
    }
    assert refusal(sign_jws(header, credential(signer), signer=mallory)) == "invalid_signature"


def test_it_refuses_another_s_key_and_does_not_look_it_up(signer: LocalSigner) -> None:
    """Attack: a good signature of mine under another's name; and a token that makes us call a host of its choice."""
    mallory, asked = signer_of(), []
    token = sign_vc_jwt(credential(signer), signer=mallory)
    found = verify_vc_jwt(token, key_for=lambda method: asked.append(method) or Unresolved("x", "x"), at=AT)
    assert isinstance(found, Refused)
    assert (found.code, asked) == ("issuer_mismatch", [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "did:web:bank.example"}, "issuer_mismatch"),
        ({"issuer": {"id": "did:web:bank.example"}}, "issuer_mismatch"),
        ({"issuer": None}, "issuer_mismatch"),
        ({"issuer": ["did:web:bank.example"]}, "issuer_mismatch"),
        ({"sub": "did:web:other.example"}, "contradicting_claims"),
        ({"jti": "urn:other"}, "contradicting_claims"),
        ({"exp": int(AT.timestamp())}, "expired"),
        ({"nbf": int((AT + timedelta(hours=1)).timestamp())}, "not_yet_valid"),
        ({"iat": int((AT + timedelta(hours=1)).timestamp())}, "not_yet_valid"),
        ({"exp": "tomorrow"}, "malformed_jwt"),
        ({"exp": True}, "malformed_jwt"),
        ({"exp": 1e300}, "malformed_jwt"),
        ({"nbf": -1}, "malformed_jwt"),
        ({"vc": {}}, "malformed_credential"),
    ],
)
def test_it_refuses_a_token_that_tells_two_stories(signer: LocalSigner, changes: dict[str, Any], code: str) -> None:
    header = {"typ": "vc+jwt", "kid": signer.verification_method}
    assert refusal(sign_jws(header, credential(signer, **changes), signer=signer)) == code


def test_it_keeps_the_jwt_s_own_claims_out_of_the_document(signer: LocalSigner) -> None:
    claims = {"iss": did_of(signer), "iat": int(AT.timestamp()), "exp": int(AT.timestamp()) + 60}
    header = {"typ": "vc+jwt", "kid": signer.verification_method}
    opened = verify_vc_jwt(sign_jws(header, credential(signer) | claims, signer=signer), key_for=key_for, at=AT)
    assert isinstance(opened, OpenedJwt)
    assert (opened.document, opened.claims) == (credential(signer), claims)


def test_it_refuses_every_change_of_a_token(signer: LocalSigner) -> None:
    token = sign_vc_jwt(credential(signer), signer=signer)
    header, payload, signature = token.split(".")
    other = base64url(json.dumps(credential(signer, id="urn:other")).encode())
    assert refusal(f"{header}.{other}.{signature}") == "invalid_signature"
    assert refusal(f"{header}.{payload}.{base64url(bytes(64))}") == "invalid_signature"
    assert refusal(f"{header}.{payload}.{base64url(bytes(63))}") == "invalid_signature"


def test_it_reads_one_spelling_of_base64url_only(signer: LocalSigner) -> None:
    """Attack: a second spelling of the same signature walks around whatever remembers the first."""
    token = sign_vc_jwt(credential(signer), signer=signer)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    header, payload, signature = token.split(".")
    assert base64.urlsafe_b64decode(twin.split(".")[2] + "==") == base64.urlsafe_b64decode(signature + "==")
    for text in (twin, token + "=", f" {token}", f"{token}\n", f"{header}.{payload}.{signature}."):
        assert refusal(text) == "malformed_jwt"
    for part in ("QQ==", "Q=Q=", "Q", "QQ\n", "Q Q", "+/+/", "Q.Q", "QR", "QUJ", "é", ""):
        assert refusal(f"{header}.{payload}.{part}") == refusal(f"{header}.{part}.{signature}") == "malformed_jwt"


def test_a_header_read_before_is_nobody_elses(signer: LocalSigner) -> None:
    """Attack: what one reader writes into the header of a token is believed by the next."""
    token = sign_vc_jwt(credential(signer), signer=signer)
    first = parse_jws(token)
    first.header["alg"] = "none"
    assert parse_jws(token).header == {**first.header, "alg": "EdDSA"}
    nested = base64url(b'{"alg":"EdDSA","jwk":{"kty":"OKP"}}') + ".e30.AAAA"
    parse_jws(nested).header["jwk"]["kty"] = "oct"
    assert parse_jws(nested).header["jwk"] == {"kty": "OKP"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "e30.e30",
        "e30.e30.e30.e30",
        "bnVsbA.e30.AAAA",
        "e30.W10.AAAA",
        "\ud800.e30.e30",
        "é.e30.e30",
    ],
)
def test_it_refuses_what_is_no_token(token: str) -> None:
    assert refusal(token) in {"malformed_jwt", "malformed_json", "jwt_header_refused"}


def test_it_refuses_names_that_stand_twice_and_a_token_without_end(signer: LocalSigner) -> None:
    """Attack: two issuers in one object, read differently by two parsers; and megabytes of header."""
    double = base64url(b'{"issuer": "did:web:a.example", "issuer": "did:web:b.example"}')
    header = base64url(json.dumps({"alg": "EdDSA", "typ": "vc+jwt", "kid": signer.verification_method}).encode())
    assert refusal(f"{header}.{double}.AAAA") == "duplicate_key"
    assert refusal("A" * 1_000_000 + ".e30.AAAA") == "body_too_large"
    assert refusal(base64url(b'{"x":"' + b"a" * 5_000 + b'"}') + ".e30.AAAA") == "body_too_large"


def test_it_says_unknown_when_the_issuer_cannot_be_reached(signer: LocalSigner) -> None:
    token = sign_vc_jwt(credential(signer), signer=signer)
    found = verify_vc_jwt(token, key_for=lambda method: Unresolved(UNREACHABLE, "no answer"), at=AT)
    assert isinstance(found, Refused)
    assert found.is_unknown


def test_it_does_not_sign_a_document_that_is_secured_already(signer: LocalSigner) -> None:
    with pytest.raises(InvalidInput):
        sign_vc_jwt(credential(signer, proof={}), signer=signer)


# Presentations


def presentation(signer: Signer, *tokens: str) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": did_of(signer),
        "verifiableCredential": [envelop(token) for token in tokens],
    }


def test_it_presents_a_credential_to_one_verifier_once(signer: LocalSigner) -> None:
    token = sign_vc_jwt(credential(signer), signer=signer)
    shown = sign_vp_jwt(presentation(signer, token), signer=signer, at=AT, challenge="c1", domain="shop.example")
    opened = verify_vp_jwt(shown, key_for=key_for, at=AT, challenge="c1", domain="shop.example")
    assert isinstance(opened, OpenedJwt)
    assert enveloped_token(opened.document["verifiableCredential"][0]) == ("vc+jwt", token)
    assert parse_jws(shown).header["typ"] == "vp+jwt"


@pytest.mark.parametrize(
    ("challenge", "domain", "code"),
    [("c2", "shop.example", "challenge_mismatch"), ("c1", "other.example", "domain_mismatch")],
)
def test_it_refuses_a_presentation_made_for_another(
    signer: LocalSigner, challenge: str, domain: str, code: str
) -> None:
    """Attack: replay, to another shop or to the same one."""
    shown = sign_vp_jwt(presentation(signer), signer=signer, at=AT, challenge="c1", domain="shop.example")
    found = verify_vp_jwt(shown, key_for=key_for, at=AT, challenge=challenge, domain=domain)
    assert isinstance(found, Refused)
    assert found.code == code
    bare = sign_vp_jwt(presentation(signer), signer=signer, at=AT)
    assert isinstance(verify_vp_jwt(bare, key_for=key_for, at=AT, challenge="c1"), Refused)


def test_it_refuses_a_presentation_by_another_than_its_holder(signer: LocalSigner) -> None:
    mallory = signer_of()
    found = verify_vp_jwt(sign_vp_jwt(presentation(signer), signer=mallory, at=AT), key_for=key_for, at=AT)
    assert isinstance(found, Refused)
    assert found.code == "issuer_mismatch"


@pytest.mark.parametrize(
    "node", [None, "x", {}, {"id": 3}, {"id": "data:text/plain,x"}, {"id": "data:application/vc+jwt"}]
)
def test_it_knows_what_is_not_enveloped(node: object) -> None:
    assert enveloped_token(node) is None
