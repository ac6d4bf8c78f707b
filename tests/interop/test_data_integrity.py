"""Data Integrity proofs of both crypto families: Digital Bazaar's npm libraries, and PyLD with raw keys in Python."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from identity.credentials.did_keys import offline_keys
from identity.credentials.proofs.data_integrity import add_proofs, are_verified, verify_proofs
from identity.primitives.did import did_key
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner
from tests.foreigner import DATA_INTEGRITY, V1, V2, Foreigner, p256, p384, verifies
from tests.interop.npm_side import Npm

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
EDDSA = ("eddsa-jcs-2022", "eddsa-rdfc-2022")
ECDSA = ("ecdsa-jcs-2019", "ecdsa-rdfc-2019")
CASES = [
    *((suite, KeyAlgorithm.ED25519) for suite in EDDSA),
    *((suite, algorithm) for suite in ECDSA for algorithm in (KeyAlgorithm.P256, KeyAlgorithm.P384)),
]
FOREIGNERS = {KeyAlgorithm.ED25519: Foreigner, KeyAlgorithm.P256: p256, KeyAlgorithm.P384: p384}
each_suite = pytest.mark.parametrize(("suite", "algorithm"), CASES, ids=lambda value: str(value))


def signer_of(algorithm: KeyAlgorithm) -> LocalSigner:
    private = PrivateKey.generate(algorithm)
    return LocalSigner(private, f"{did_key(private.public_key)}#{private.public_key.multikey}")


def credential(issuer: str, *, version: int = 2) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@context": [V2] if version == 2 else [V1],
        "id": "urn:uuid:5c6f5a0e-0a51-4a7d-8c9c-6a2f3a1b0c9d",
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "validFrom" if version == 2 else "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:subject"},
    }
    if version == 2:
        document |= {"name": "Conciërge – 執事", "description": 'a "quoted" \\ word\nand a line'}
    return document


def issued(algorithm: KeyAlgorithm, *suites: str, version: int = 2) -> tuple[dict[str, Any], LocalSigner]:
    signer = signer_of(algorithm)
    document = credential(signer.verification_method.partition("#")[0], version=version)
    return add_proofs(document, signer=signer, created=AT, cryptosuites=suites), signer


def holds(document: dict[str, Any], **options: Any) -> bool:
    wanted = {"issuer": document.get("issuer"), "at": AT} | options
    return are_verified(verify_proofs(document, key_for=offline_keys(), **wanted))


@each_suite
@pytest.mark.parametrize("version", [1, 2])
def test_npm_verifies_our_credential(npm: Npm, suite: str, algorithm: KeyAlgorithm, version: int) -> None:
    document, _ = issued(algorithm, suite, version=version)
    answer = npm.ask("verify_credential", credential=document, suite=suite)
    assert answer["verified"], answer
    spoilt = {**document, "credentialSubject": {"id": "did:example:mallory"}}
    assert not npm.ask("verify_credential", credential=spoilt, suite=suite)["verified"]


@each_suite
@pytest.mark.parametrize("version", [1, 2])
def test_we_verify_the_credential_npm_signs(npm: Npm, suite: str, algorithm: KeyAlgorithm, version: int) -> None:
    unsigned = credential("", version=version)
    made = npm.ask("issue_credential", credential=unsigned, suite=suite, curve=algorithm.value)
    document = made["issued"]
    assert holds(document), verify_proofs(document, key_for=offline_keys(), issuer=document["issuer"], at=AT)
    assert not holds({**document, "credentialSubject": {"id": "did:example:mallory"}})


def test_npm_agrees_on_characters_that_canonical_quads_escape(npm: Npm) -> None:
    """RDFC-1.0, section 4: tab, backspace and the control characters. PyLD writes them as older drafts did."""
    signer = signer_of(KeyAlgorithm.ED25519)
    document = credential(signer.verification_method.partition("#")[0]) | {"description": '\t\b\f\u0001\u007f\\"\r\n'}
    for suite in EDDSA:
        signed = add_proofs(document, signer=signer, created=AT, cryptosuites=(suite,))
        assert npm.ask("verify_credential", credential=signed, suite=suite)["verified"]


@each_suite
def test_pyld_and_raw_keys_verify_our_credential(suite: str, algorithm: KeyAlgorithm) -> None:
    document, signer = issued(algorithm, suite)
    assert verifies(document, document["proof"], signer.public_key.multikey)
    assert not verifies({**document, "name": "Other"}, document["proof"], signer.public_key.multikey)


@each_suite
def test_we_verify_what_pyld_and_raw_keys_sign(suite: str, algorithm: KeyAlgorithm) -> None:
    foreigner = FOREIGNERS[algorithm]()
    document = foreigner.secured(credential(foreigner.did), suite)
    assert holds(document), verify_proofs(document, key_for=offline_keys(), issuer=foreigner.did, at=AT)


@pytest.mark.parametrize("suites", [EDDSA, ECDSA], ids=["eddsa", "ecdsa"])
def test_a_verifier_that_knows_one_suite_accepts_our_proof_set(npm: Npm, suites: tuple[str, str]) -> None:
    algorithm = KeyAlgorithm.ED25519 if suites is EDDSA else KeyAlgorithm.P256
    document, signer = issued(algorithm, *suites)
    assert [proof["cryptosuite"] for proof in document["proof"]] == list(suites)
    for suite, proof in zip(suites, document["proof"], strict=True):
        answer = npm.ask("verify_credential", credential=document, suite=suite)
        assert answer["verified"], answer
        assert verifies(document, proof, signer.public_key.multikey)


@pytest.mark.parametrize("suite", EDDSA)
def test_npm_verifies_our_presentation(npm: Npm, suite: str) -> None:
    inner, signer = issued(KeyAlgorithm.ED25519, suite)
    presentation = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": signer.verification_method.partition("#")[0],
        "verifiableCredential": [inner],
    }
    question = {"challenge": "n-1", "domain": "vendor.example"}
    shown = add_proofs(
        presentation, signer=signer, created=AT, cryptosuites=(suite,), purpose="authentication", **question
    )
    answer = npm.ask("verify_presentation", presentation=shown, suite=suite, **question)
    assert answer["verified"], answer
    other = npm.ask("verify_presentation", presentation=shown, suite=suite, **{**question, "challenge": "n-2"})
    assert not other["verified"]


@pytest.mark.parametrize("suite", EDDSA)
def test_we_verify_the_presentation_npm_signs(npm: Npm, suite: str) -> None:
    inner = npm.ask("issue_credential", credential=credential(""), suite=suite)["issued"]
    question = {"challenge": "n-1", "domain": "vendor.example"}
    made = npm.ask("issue_presentation", credentials=[inner], suite=suite, **question)
    wanted = {"issuer": made["holder"], "purpose": "authentication", **question}
    assert holds(made["issued"], **wanted), verify_proofs(made["issued"], key_for=offline_keys(), at=AT, **wanted)
    assert not holds(made["issued"], **{**wanted, "challenge": "n-2"})
    assert holds(made["issued"]["verifiableCredential"][0])


def test_the_proof_of_a_1_1_credential_is_explained_by_a_context(npm: Npm) -> None:
    document, _ = issued(KeyAlgorithm.ED25519, *EDDSA, version=1)
    assert document["@context"] == [V1, DATA_INTEGRITY]
    spoilt = deepcopy(document)
    spoilt["issuanceDate"] = "2026-01-02T00:00:00Z"
    assert holds(document)
    assert not holds(spoilt)
