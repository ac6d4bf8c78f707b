"""The eddsa-jcs-2022 proof: by W3C's own data, and against a forger."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from identity.credentials.proofs import eddsa_jcs_2022
from identity.primitives import base58btc
from identity.primitives.canonical import parse_json
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm, PrivateKey, PublicKey
from identity.primitives.signing import LocalSigner

VECTORS = Path(__file__).parent.parent / "vectors" / "eddsa_jcs_2022"
CREATED = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SIGNER = LocalSigner(PrivateKey.generate(), "did:web:registry.example#key-1")
DOCUMENT = {"query": "concierge.acme", "rcode": "NOERROR", "score": 0.5, "name": "Zoë", "none": None}

members = st.dictionaries(st.text("abcé", max_size=4), st.integers(0, 9) | st.text("xyü", max_size=3) | st.none())


def official() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((VECTORS / "signedJCS.json").read_text())
    return document


def official_key() -> tuple[PublicKey, PrivateKey]:
    pair = json.loads((VECTORS / "keyPair.json").read_text())
    seed = base58btc.decode(pair["privateKeyMultibase"][1:])[2:]
    return PublicKey.from_multikey(pair["publicKeyMultibase"]), PrivateKey(Ed25519PrivateKey.from_private_bytes(seed))


def test_it_makes_the_official_proof() -> None:
    signed = official()
    _, private = official_key()
    unsigned = json.loads((VECTORS / "unsigned.json").read_text())
    signer = LocalSigner(private, signed["proof"]["verificationMethod"])
    created = datetime.fromisoformat(signed["proof"]["created"])
    assert eddsa_jcs_2022.secure(unsigned, signer=signer, created=created) == signed
    assert parse_json(eddsa_jcs_2022.secure_bytes(unsigned, signer=signer, created=created)) == signed


def test_it_verifies_the_official_proof() -> None:
    public, _ = official_key()
    assert eddsa_jcs_2022.verify(official(), public_key=public)


@given(members)
def test_it_verifies_what_it_secured(document: dict[str, Any]) -> None:
    secured = eddsa_jcs_2022.secure(document, signer=SIGNER, created=CREATED)
    served = parse_json(eddsa_jcs_2022.secure_bytes(document, signer=SIGNER, created=CREATED))
    assert served == secured
    assert eddsa_jcs_2022.verify(served, public_key=SIGNER.public_key)


def test_it_leaves_the_document_given_alone() -> None:
    before = copy.deepcopy(DOCUMENT)
    eddsa_jcs_2022.secure(DOCUMENT, signer=SIGNER, created=CREATED)
    assert before == DOCUMENT


@pytest.mark.parametrize("member", [*DOCUMENT, "added"])
def test_it_refuses_a_document_with_one_member_changed(member: str) -> None:
    secured = eddsa_jcs_2022.secure(DOCUMENT, signer=SIGNER, created=CREATED)
    assert not eddsa_jcs_2022.verify({**secured, member: "changed"}, public_key=SIGNER.public_key)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "Ed25519Signature2020"),
        ("cryptosuite", "eddsa-rdfc-2022"),
        ("created", "2027-01-01T00:00:00Z"),
        ("verificationMethod", "did:web:mallory.example#key-1"),
        ("proofPurpose", "authentication"),
        ("proofValue", None),
        ("proofValue", "z"),
        ("proofValue", "uAAAA"),
        ("proofValue", "z0"),
        ("proofValue", "z" + "1" * 1000),
        ("expires", "2027-01-01T00:00:00Z"),
        ("@context", ["https://mallory.example/"]),
    ],
)
def test_it_refuses_a_proof_with_one_member_changed(member: str, value: object) -> None:
    secured = eddsa_jcs_2022.secure(DOCUMENT, signer=SIGNER, created=CREATED)
    secured["proof"][member] = value
    assert not eddsa_jcs_2022.verify(secured, public_key=SIGNER.public_key)


def test_it_refuses_another_key() -> None:
    secured = eddsa_jcs_2022.secure(DOCUMENT, signer=SIGNER, created=CREATED)
    assert not eddsa_jcs_2022.verify(secured, public_key=PrivateKey.generate().public_key)
    assert not eddsa_jcs_2022.verify(secured, public_key=PrivateKey.generate(KeyAlgorithm.P256).public_key)


@pytest.mark.parametrize("proof", [None, "proof", [], [{}], {}, {"type": "DataIntegrityProof"}])
def test_it_refuses_a_proof_of_another_shape(proof: object) -> None:
    assert not eddsa_jcs_2022.verify({**DOCUMENT, "proof": proof}, public_key=SIGNER.public_key)
    assert not eddsa_jcs_2022.verify(DOCUMENT, public_key=SIGNER.public_key)


def test_it_refuses_a_context_put_in_front_after_signing() -> None:
    document = {"@context": ["https://a.example"], "claim": 1}
    secured = eddsa_jcs_2022.secure(document, signer=SIGNER, created=CREATED)
    assert eddsa_jcs_2022.verify(secured, public_key=SIGNER.public_key)
    secured["@context"] = ["https://mallory.example", "https://a.example"]
    assert not eddsa_jcs_2022.verify(secured, public_key=SIGNER.public_key)


def test_it_asks_for_the_purpose_it_was_told() -> None:
    secured = eddsa_jcs_2022.secure(DOCUMENT, signer=SIGNER, created=CREATED, purpose="authentication")
    assert not eddsa_jcs_2022.verify(secured, public_key=SIGNER.public_key)
    assert eddsa_jcs_2022.verify(secured, public_key=SIGNER.public_key, purpose="authentication")


def test_it_does_not_sign_a_document_twice() -> None:
    secured = eddsa_jcs_2022.secure(DOCUMENT, signer=SIGNER, created=CREATED)
    with pytest.raises(ValueError, match="already"):
        eddsa_jcs_2022.secure(secured, signer=SIGNER, created=CREATED)


def test_it_does_not_sign_with_a_p256_key() -> None:
    signer = LocalSigner(PrivateKey.generate(KeyAlgorithm.P256), "did:web:a.example#key-1")
    with pytest.raises(InvalidInput) as caught:
        eddsa_jcs_2022.secure(DOCUMENT, signer=signer, created=CREATED)
    assert caught.value.code == "unsupported_key"
