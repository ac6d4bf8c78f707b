"""Proof sets and chains: every proof holds, one is the issuer's own, and none is taken for what it is not."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from identity.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, DATA_INTEGRITY_V2, agent_context_url
from identity.credentials.keys import REVOKED, UNREACHABLE, ResolvedKey, Unresolved
from identity.credentials.proofs import signatures
from identity.credentials.proofs.cryptosuite import multibase
from identity.credentials.proofs.data_integrity import (
    PROOFS_MAX,
    SUITES,
    add_proofs,
    are_verified,
    default_cryptosuites,
    verify_proofs,
)
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
BOTH = frozenset({"assertionMethod", "authentication"})
ISSUER = "did:web:registry.example"
MALLORY = "did:web:mallory.example"

SIGNERS = {
    algorithm: LocalSigner(PrivateKey.generate(algorithm), f"{ISSUER}#{algorithm}") for algorithm in KeyAlgorithm
}
SIGNER = SIGNERS[KeyAlgorithm.ED25519]
STRANGER = LocalSigner(PrivateKey.generate(), f"{MALLORY}#key-1")
KEYS = {
    signer.verification_method: ResolvedKey(signer.public_key, signer.verification_method.partition("#")[0], BOTH)
    for signer in (*SIGNERS.values(), STRANGER)
}


def key_for(method: str) -> ResolvedKey | Unresolved:
    return KEYS.get(method) or Unresolved("key_not_found", "No such key.")


def credential(**members: Any) -> dict[str, Any]:
    return {
        "@context": [CREDENTIALS_V2, agent_context_url()],
        "id": "urn:uuid:5c1e0a34-6d8e-4f7c-9a43-2b0f4c0b6f11",
        "type": ["VerifiableCredential", "AgentIdentityCredential"],
        "issuer": ISSUER,
        "validFrom": "2026-11-21T08:00:00Z",
        "credentialSubject": {"id": "did:web:registry.example:agents:agt_1", "type": "Agent", "assuranceLevel": 2},
        **members,
    }


def codes(document: Any, *, issuer: str | None = ISSUER, at: datetime = AT, key_for: Any = key_for, **expected: Any):
    return [result.code for result in verify_proofs(document, key_for=key_for, issuer=issuer, at=at, **expected)]


@pytest.mark.parametrize("signer", SIGNERS.values(), ids=list(SIGNERS))
def test_it_makes_a_set_that_holds(signer: LocalSigner) -> None:
    signed = add_proofs(credential(), signer=signer, created=AT)
    assert [proof["cryptosuite"] for proof in signed["proof"]] == list(default_cryptosuites(signer.public_key))
    assert codes(signed) == ["ok", "ok"]


@pytest.mark.parametrize(("suite", "algorithm"), [(s.name, a) for s in SUITES.values() for a in sorted(s.algorithms)])
def test_it_makes_a_single_proof_of_each_suite(suite: str, algorithm: KeyAlgorithm) -> None:
    signed = add_proofs(credential(), signer=SIGNERS[algorithm], created=AT, cryptosuites=(suite,))
    assert signed["proof"]["created"] == "2026-11-21T08:00:00Z"
    assert are_verified(verify_proofs(signed, key_for=key_for, issuer=ISSUER, at=AT))
    spoilt = {**signed, "validUntil": "2126-11-21T08:00:00Z"}
    assert codes(spoilt) == ["signature_wrong"]


def test_it_explains_the_proof_in_a_document_of_the_older_data_model() -> None:
    older = credential(issuanceDate="2026-11-21T08:00:00Z")
    older["@context"] = [CREDENTIALS_V1]
    del older["validFrom"]
    older["type"], older["credentialSubject"] = ["VerifiableCredential"], {"id": "did:web:a.example"}
    signed = add_proofs(older, signer=SIGNER, created=AT)
    assert signed["@context"] == [CREDENTIALS_V1, DATA_INTEGRITY_V2]
    assert codes(signed) == ["ok", "ok"]


def test_it_leaves_the_document_given_alone() -> None:
    document = credential()
    before = copy.deepcopy(document)
    add_proofs(document, signer=SIGNER, created=AT)
    assert document == before


def test_it_refuses_a_set_with_one_proof_spoilt() -> None:
    signed = add_proofs(credential(), signer=SIGNER, created=AT)
    signed["proof"][1]["proofValue"] = signed["proof"][0]["proofValue"]
    assert codes(signed) == ["ok", "signature_wrong"]


def test_it_refuses_a_set_without_a_proof_of_the_issuer_itself() -> None:
    forged = add_proofs(credential(), signer=STRANGER, created=AT)
    assert codes(forged) == ["ok", "ok", "issuer_proof_missing"]
    assert codes(forged, issuer=None) == ["ok", "ok"]


def test_it_takes_a_witness_beside_the_issuer() -> None:
    signed = add_proofs(add_proofs(credential(), signer=SIGNER, created=AT), signer=STRANGER, created=AT)
    assert codes(signed) == ["ok"] * 4


def test_it_knows_two_spellings_of_one_issuer() -> None:
    signed = add_proofs(credential(issuer="did:web:REGISTRY.example"), signer=SIGNER, created=AT)
    assert codes(signed, issuer="did:web:REGISTRY.example") == ["ok", "ok"]


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("type", "Ed25519Signature2020", "unknown_proof_type"),
        ("type", ["DataIntegrityProof"], "unknown_proof_type"),
        ("cryptosuite", "eddsa-2022", "unknown_cryptosuite"),
        ("cryptosuite", None, "malformed_proof"),
        ("cryptosuite", "ecdsa-jcs-2019", "wrong_key"),
        ("verificationMethod", {"id": f"{ISSUER}#key-1"}, "malformed_proof"),
        ("verificationMethod", f"{ISSUER}#no-such-key", "key_not_found"),
        ("verificationMethod", STRANGER.verification_method, "signature_wrong"),
        ("proofPurpose", "authentication", "wrong_purpose"),
        ("created", "yesterday", "malformed_proof"),
        ("created", "2026-11-21T08:06:00Z", "proof_from_the_future"),
        ("created", "2026-11-21T07:59:59Z", "signature_wrong"),
        ("expires", "2026-11-21T08:00:00Z", "proof_expired"),
        ("expires", "2126-11-21T08:00:00Z", "signature_wrong"),
        ("proofValue", "z" + "1" * 64, "signature_wrong"),
        ("proofValue", "u" + "A" * 86, "malformed_proof"),
        ("proofValue", "z" * 100_000, "malformed_proof"),
        ("proofValue", None, "malformed_proof"),
        ("@context", [agent_context_url(), CREDENTIALS_V2], "context_changed"),
        ("challenge", "added", "signature_wrong"),
        ("previousProof", "urn:uuid:none", "previous_proof_missing"),
        ("previousProof", [], "malformed_proof"),
        ("previousProof", 5, "malformed_proof"),
    ],
)
def test_it_says_what_is_wrong_with_a_proof(member: str, value: Any, code: str) -> None:
    signed = add_proofs(credential(), signer=SIGNER, created=AT, cryptosuites=("eddsa-jcs-2022",))
    signed["proof"] = {**signed["proof"], member: value}
    assert codes(signed) == [code]


@pytest.mark.parametrize("proof", [None, [], "proof", [5], [None], 5])
def test_it_refuses_what_is_no_proof_at_all(proof: Any) -> None:
    assert codes({**credential(), "proof": proof}) in (["proof_missing"], ["malformed_proof"])
    assert codes(credential()) == ["proof_missing"]


def test_it_looks_at_a_bounded_number_of_proofs() -> None:
    signed = add_proofs(credential(), signer=SIGNER, created=AT)
    assert codes({**signed, "proof": signed["proof"] * PROOFS_MAX}) == ["too_many_proofs"]
    full = add_proofs(credential(), signer=SIGNER, created=AT, cryptosuites=("eddsa-jcs-2022",) * PROOFS_MAX)
    with pytest.raises(InvalidInput) as caught:
        add_proofs(full, signer=SIGNER, created=AT)
    assert caught.value.code == "too_many_proofs"


def test_it_believes_a_key_only_while_it_counts() -> None:
    signed = add_proofs(credential(), signer=SIGNER, created=AT)
    revoked = ResolvedKey(SIGNER.public_key, ISSUER, BOTH, revoked_at=AT)
    login_only = ResolvedKey(SIGNER.public_key, ISSUER, frozenset({"authentication"}))
    assert codes(signed, key_for=lambda method: revoked) == [REVOKED]
    assert codes(signed, key_for=lambda method: revoked, at=AT - timedelta(seconds=1)) == ["ok", "ok"]
    assert set(codes(signed, key_for=lambda method: login_only)) == {"key_purpose_refused"}


def test_it_tells_a_key_out_of_reach_from_a_bad_proof() -> None:
    signed = add_proofs(credential(), signer=SIGNER, created=AT)
    gone = Unresolved(UNREACHABLE, "Nobody answers.")
    results = verify_proofs(signed, key_for=lambda method: gone, issuer=ISSUER, at=AT)
    assert all(result.is_unknown and not result.is_verified for result in results)


def test_it_looks_at_dates_again_when_it_remembers_the_signature() -> None:
    signed = add_proofs(credential(), signer=SIGNER, created=AT)
    assert codes(signed) == ["ok", "ok"]
    remembered = len(signatures._good_signatures)
    assert codes(signed) == ["ok", "ok"]
    assert len(signatures._good_signatures) == remembered
    assert codes(signed, at=AT - timedelta(hours=1)) == ["proof_from_the_future"]


def test_it_refuses_to_sign_with_a_suite_that_does_not_fit() -> None:
    for suite, code in [("eddsa-rdfc-2022", "unsupported_key"), ("bbs-2023", "unknown_cryptosuite")]:
        with pytest.raises(InvalidInput) as caught:
            add_proofs(credential(), signer=SIGNERS[KeyAlgorithm.P256], created=AT, cryptosuites=(suite,))
        assert caught.value.code == code


def chained(suite: str) -> dict[str, Any]:
    """A credential whose stranger's proof builds on the issuer's."""
    signed = add_proofs(credential(), signer=SIGNER, created=AT, cryptosuites=(suite,))
    first = _signed_again({**signed["proof"], "id": "urn:uuid:1"}, credential(), SIGNER)
    second = {**first, "verificationMethod": STRANGER.verification_method, "previousProof": "urn:uuid:1"}
    del second["id"]
    return {**credential(), "proof": [first, _signed_again(second, {**credential(), "proof": [first]}, STRANGER)]}


def _signed_again(proof: dict[str, Any], document: dict[str, Any], signer: LocalSigner) -> dict[str, Any]:
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    data = SUITES[proof["cryptosuite"]].signing_input(document, config, signer.public_key.algorithm)
    return {**config, "proofValue": multibase(signer.sign(data))}


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_it_follows_a_chain(suite: str) -> None:
    signed = chained(suite)
    assert codes(signed) == ["ok", "ok"]
    first, second = signed["proof"]
    assert codes({**signed, "proof": [second]}) == ["previous_proof_missing"]
    assert codes({**signed, "proof": [first, first, second]})[2] == "previous_proof_missing"
    without = {name: value for name, value in second.items() if name != "previousProof"}
    assert codes({**signed, "proof": [first, without]}) == ["ok", "signature_wrong"]
    resigned = _signed_again({**first, "created": "2026-11-21T07:00:00Z"}, credential(), SIGNER)
    assert codes({**signed, "proof": [resigned, second]}) == ["ok", "signature_wrong"]
