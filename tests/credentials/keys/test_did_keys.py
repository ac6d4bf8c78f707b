"""Keys read from a DID or from a DID document in hand."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from identity.credentials.did_keys import key_in_document, offline_keys
from identity.credentials.keys import ResolvedKey, Unresolved
from identity.primitives.did import did_key
from identity.primitives.multikey import KeyAlgorithm, PrivateKey

DID = "did:web:bank.example"
AT = datetime(2026, 11, 21, tzinfo=UTC)
key_for = offline_keys()


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey.generate()


def did_jwk(jwk: object) -> str:
    return "did:jwk:" + base64.urlsafe_b64encode(json.dumps(jwk).encode()).rstrip(b"=").decode()


def document(key: PrivateKey, **changes: Any) -> dict[str, Any]:
    method = {"id": f"{DID}#key-1", "type": "Multikey", "controller": DID}
    method |= {"publicKeyMultibase": key.public_key.multikey, **changes}
    return {
        "id": DID,
        "verificationMethod": [method],
        "assertionMethod": ["#key-1"],
        "authentication": [f"{DID}#key-2"],
    }


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_it_reads_a_did_key_and_a_did_jwk(algorithm: KeyAlgorithm) -> None:
    public = PrivateKey.generate(algorithm).public_key
    for method in (f"{did_key(public)}#{public.multikey}", did_jwk(public.jwk()) + "#0"):
        found = key_for(method)
        assert isinstance(found, ResolvedKey)
        assert (found.public_key, found.controller) == (public, method.split("#")[0])
        assert found.refusal(purpose="assertionMethod", at=AT) is None


def test_it_reads_the_example_of_the_did_jwk_specification() -> None:
    """P-256 example of github.com/quartzjer/did-jwk, spec.md."""
    did = (
        "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgy"
        "VjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
    )
    found = key_for(f"{did}#0")
    assert isinstance(found, ResolvedKey)
    assert found.public_key.jwk()["x"] == "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0"


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "malformed_verification_method"),
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#other", "key_not_found"),
        ("did:key:z6Mk#z6Mk", "malformed_verification_method"),
        ("did:web:Bank.example#key-1", "malformed_verification_method"),
        ("did:web:bank.example#key-1#key-2", "malformed_verification_method"),
        ("did:web:bank.example/path#key-1", "malformed_verification_method"),
        ("did:ion:abc#key-1", "did_method_unsupported"),
        ("https://bank.example/keys/1", "malformed_verification_method"),
        ("did:web:" + "x" * 5_000 + "#k", "malformed_verification_method"),
        ("did:jwk:e30#1", "key_not_found"),
        ("did:jwk:e30#0", "unsupported_key"),
        ("did:jwk:!!#0", "malformed_verification_method"),
        ("did:jwk:" + "A" * 701 + "#0", "malformed_verification_method"),
    ],
)
def test_it_says_why_there_is_no_key(method: str, code: str) -> None:
    found = key_for(method)
    assert isinstance(found, Unresolved)
    assert (found.code, found.is_unknown) == (code, False)


def test_it_refuses_a_did_jwk_for_encryption_or_with_a_private_key(key: PrivateKey) -> None:
    for extra in ({"use": "enc"}, {"d": "secret"}):
        found = key_for(did_jwk({**key.public_key.jwk(), **extra}) + "#0")
        assert isinstance(found, Unresolved)
        assert found.code == "unsupported_key"


@pytest.mark.parametrize("form", ["Multikey", "Ed25519VerificationKey2020", "JsonWebKey", "JsonWebKey2020"])
def test_it_reads_a_key_of_a_document_in_every_form(key: PrivateKey, form: str) -> None:
    found = key_in_document(document(key, type=form, publicKeyJwk=key.public_key.jwk()), did=DID, fragment="key-1")
    assert found == ResolvedKey(key.public_key, DID, frozenset({"assertionMethod"}))


def test_it_reads_a_key_that_stands_inside_a_relationship(key: PrivateKey) -> None:
    inner = document(key)
    inner["authentication"] = inner.pop("verificationMethod")
    del inner["assertionMethod"]
    found = key_in_document(inner, did=DID, fragment="key-1")
    assert isinstance(found, ResolvedKey)
    assert found.purposes == {"authentication"}


def test_it_gives_a_key_only_the_purposes_of_its_document(key: PrivateKey) -> None:
    """Attack: a key published to log in signs a credential."""
    found = key_in_document(document(key), did=DID, fragment="key-1")
    assert isinstance(found, ResolvedKey)
    refusal = found.refusal(purpose="authentication", at=AT)
    assert refusal is not None
    assert refusal.code == "key_purpose_refused"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"controller": "did:web:other.example"}, "malformed_did_document"),
        ({"controller": None}, "malformed_did_document"),
        ({"type": "X25519KeyAgreementKey2020"}, "unsupported_key"),
        ({"publicKeyMultibase": "zzz"}, "unsupported_key"),
        ({"type": "JsonWebKey"}, "malformed_did_document"),
        ({"expires": "tomorrow"}, "malformed_did_document"),
        ({"expires": 1}, "malformed_did_document"),
        ({"revoked": "2026-01-01T00:00:00"}, "malformed_did_document"),
        ({"revoked": "0001-01-01T00:00:00+14:00"}, "malformed_did_document"),
        ({"expires": "0001-01-01T00:00:00+14:00"}, "malformed_did_document"),
        ({"id": f"{DID}#key-9"}, "key_not_found"),
    ],
)
def test_it_refuses_an_entry_that_does_not_hold(key: PrivateKey, changes: dict[str, Any], code: str) -> None:
    """Attack (first case): a document under a host of mine claims that my key is another's."""
    found = key_in_document(document(key, **changes), did=DID, fragment="key-1")
    assert isinstance(found, Unresolved)
    assert found.code == code


def test_it_refuses_another_did_s_document_and_two_keys_of_one_name(key: PrivateKey) -> None:
    twice = document(key)
    twice["verificationMethod"].append(document(PrivateKey.generate())["verificationMethod"][0])
    for wrong in ({**document(key), "id": "did:web:other.example"}, twice):
        found = key_in_document(wrong, did=DID, fragment="key-1")
        assert isinstance(found, Unresolved)
        assert found.code == "malformed_did_document"


@pytest.mark.parametrize("member", ["verificationMethod", "assertionMethod"])
@pytest.mark.parametrize("value", [None, "text", 3, {"a": 1}, [None, 3, "x", []]])
def test_it_survives_members_of_another_shape(key: PrivateKey, member: str, value: Any) -> None:
    found = key_in_document({**document(key), member: value}, did=DID, fragment="key-1")
    if isinstance(found, ResolvedKey):
        assert found.purposes == frozenset()


def test_it_counts_a_key_from_its_first_to_its_last_moment(key: PrivateKey) -> None:
    hour = timedelta(hours=1)
    held = ResolvedKey(key.public_key, DID, frozenset({"assertionMethod"}), AT, AT + hour)
    stolen = ResolvedKey(key.public_key, DID, frozenset({"assertionMethod"}), revoked_at=AT)

    def code(found: ResolvedKey, at: datetime) -> str | None:
        refusal = found.refusal(purpose="assertionMethod", at=at)
        return refusal and refusal.code

    assert [code(held, AT - hour), code(held, AT), code(held, AT + hour)] == ["key_not_yet_valid", None, "key_expired"]
    assert [code(stolen, AT - hour), code(stolen, AT)] == [None, "key_revoked"]
