"""Tokens: the algorithm is the key's, the type is the use's, and nothing in a header is an order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.credentials.verify import verify_credential
from tests.effort import bounded
from tests.foreigner import V2, Foreigner, p256

pytestmark = pytest.mark.django_db
Refused = Callable[..., set[str]]
Verified = Callable[[Any], object]


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(signer: Foreigner, payload: Any, *, sign: Callable[[bytes], bytes] | None = None, **header: Any) -> str:
    """A signed token with any header the test asks for; ``None`` takes a member away."""
    alg = "EdDSA" if signer.multikey.startswith("z6Mk") else "ES256"
    full = {"alg": alg, "kid": signer.method, "typ": "vc+jwt", **header}
    parts = f"{encoded({name: value for name, value in full.items() if value is not None})}.{encoded(payload)}"
    return f"{parts}.{encoded((sign or signer.sign)(parts.encode()))}"


def test_a_good_token_passes(foreigner: Foreigner, verified: Verified) -> None:
    verified(token(foreigner, foreigner.credential()))
    other = p256()
    verified(token(other, other.credential()))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, "HS256", "RS256", "ES256K", "ES384", 5, ["EdDSA"]])
def test_no_algorithm_but_the_keys_own_counts(foreigner: Foreigner, refused: Refused, alg: Any) -> None:
    refused(token(foreigner, foreigner.credential(), alg=alg))


def test_an_unsigned_token_is_refused(foreigner: Foreigner, refused: Refused) -> None:
    body = f"{encoded({'alg': 'none', 'typ': 'vc+jwt', 'kid': foreigner.method})}.{encoded(foreigner.credential())}"
    for text in (f"{body}.", body, f"{body}..", f"{body}.AA"):
        refused(text)


def test_the_public_key_is_no_secret(refused: Refused) -> None:
    """Algorithm confusion: the issuer's public key, which everybody has, as an HMAC secret."""
    issuer = p256()
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = issuer.private.public_key()
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint),
        issuer.multikey.encode(),
    ]
    for secret in secrets:
        refused(
            token(
                issuer,
                issuer.credential(),
                alg="HS256",
                sign=lambda message, secret=secret: hmac.new(secret, message, hashlib.sha256).digest(),
            )
        )


def test_a_key_in_the_header_is_not_believed(foreigner: Foreigner, refused: Refused) -> None:
    """Mallory signs with her key and sends it along, as jwk, as x5c, behind jku."""
    mallory = Foreigner()
    public = {"kty": "OKP", "crv": "Ed25519", "x": encoded(mallory.private.public_key().public_bytes_raw())}
    for header in ({"jwk": public}, {"jku": "https://mallory.example/keys"}, {"x5c": ["MIIB"]}, {"x5u": "https://x"}):
        refused(token(mallory, foreigner.credential(), kid=foreigner.method, **header))


def test_somebody_elses_key_makes_no_issuer(foreigner: Foreigner, refused: Refused) -> None:
    mallory = Foreigner()
    refused(token(mallory, foreigner.credential()))
    refused(token(mallory, {**foreigner.credential(), "iss": mallory.did}))
    refused(token(mallory, {**foreigner.credential(issuer=mallory.did), "iss": foreigner.did}))


@pytest.mark.parametrize(
    "typ", ["vp+jwt", "statuslist+jwt", "kb+jwt", "dc+sd-jwt", "JWT", "at+jwt", "dpop+jwt", "", None, 7]
)
def test_a_token_for_another_use_is_no_credential(foreigner: Foreigner, refused: Refused, typ: Any) -> None:
    """Stops a login, a status list or a presentation from being handed in as a statement of the same key."""
    refused(token(foreigner, foreigner.credential(), typ=typ))


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_demands_of_the_header_are_refused(foreigner: Foreigner, refused: Refused, header: dict[str, Any]) -> None:
    refused(token(foreigner, foreigner.credential(), **header))


def test_a_token_has_one_spelling(foreigner: Foreigner, refused: Refused, verified: Verified) -> None:
    """A second spelling of a revoked credential would be a second credential to whoever lists them by their text."""
    good = token(foreigner, foreigner.credential())
    verified(good)
    header, payload, signature = good.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = signature[:-1] + alphabet[alphabet.index(signature[-1]) + 1]
    body = f"{header}.{payload}"
    for other in (f"{good}=", f"{body}.{spare}", f"{body}.{signature}\n.", f"{header} .{payload}.{signature}"):
        refused(other)


def test_names_twice_in_a_token_are_refused(foreigner: Foreigner, refused: Refused) -> None:
    header = b'{"alg":"EdDSA","typ":"vc+jwt","kid":"' + foreigner.method.encode() + b'"}'
    payload = json.dumps(foreigner.credential()).replace('{"@context"', '{"issuer":"did:x:y","@context"').encode()
    twice = header.replace(b'"typ"', b'"alg":"none","typ"')
    for first, second in ((header, payload), (twice, json.dumps(foreigner.credential()).encode())):
        body = f"{encoded(first)}.{encoded(second)}"
        refused(f"{body}.{encoded(foreigner.sign(body.encode()))}")


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": "never"},
        {"exp": True},
        {"exp": 10**30},
        {"nbf": 9_999_999_999},
        {"sub": "did:example:mallory"},
        {"jti": "urn:uuid:00000000-0000-4000-8000-000000000000"},
        {"vc": {"issuer": "did:example:x"}},
        {"vp": {}},
    ],
    ids=str,
)
def test_claims_that_contradict_the_document_are_refused(
    foreigner: Foreigner, refused: Refused, claims: dict[str, Any]
) -> None:
    refused(token(foreigner, {**foreigner.credential(), **claims}))


def test_a_document_inside_a_token_is_held_to_the_data_model(foreigner: Foreigner, refused: Refused) -> None:
    for change in ({"type": []}, {"@context": []}, {"validFrom": "soon"}, {"credentialSubject": {}}, {"admin": True}):
        refused(token(foreigner, foreigner.credential(**change)))
    refused(token(foreigner, foreigner.credential(validUntil="2026-01-02T00:00:00Z")))


def test_the_sender_of_a_huge_token_waits_in_vain(foreigner: Foreigner, at: datetime) -> None:
    for text in ("a" * 5_000_000, "." * 1_000_000, f"{'A' * 400_000}.{'A' * 400_000}.AA"):
        with bounded(calls=1_000, mebibytes=16):
            assert not verify_credential(text, at=at).is_verified


def test_an_envelope_says_nothing_of_its_own(foreigner: Foreigner, refused: Refused, verified: Verified) -> None:
    """What stands around the token is signed by nobody (VCDM 2.0, section 4.13)."""
    good = {
        "@context": V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token(foreigner, foreigner.credential())}",
    }
    verified(good)
    verified({**good, "@context": [V2], "type": ["EnvelopedVerifiableCredential"]})
    for change in (
        {"credentialSubject": {"id": "did:example:admin"}},
        {"issuer": "did:example:bank"},
        {"proof": []},
        {"type": ["EnvelopedVerifiableCredential", "AdminCredential"]},
        {"type": "EnvelopedVerifiablePresentation"},
        {"@context": []},
        {"@context": "https://www.w3.org/ns/credentials/examples/v2"},
        {"@context": [V2, 4]},
        {"@context": [V2, "https://context.example/v1"]},
        {"id": good["id"].partition(",")[2]},
        {"id": good["id"].replace(",", ";base64,")},
        {"id": [good["id"]]},
    ):
        refused({**good, **change})
