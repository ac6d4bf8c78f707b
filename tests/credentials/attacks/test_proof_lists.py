"""Lists of proofs, purposes and times: one good proof must never carry a bad one, nor stand for another use."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from identity.credentials.checks import CheckName
from tests.foreigner import Foreigner

SUITES = ("eddsa-jcs-2022", "eddsa-rdfc-2022")
Refused = Callable[..., set[str]]
Verified = Callable[[Any], object]


def _with_proofs(foreigner: Foreigner, *options: dict[str, Any]) -> dict[str, Any]:
    document = foreigner.credential()
    return {**document, "proof": [foreigner.proof(document, **each) for each in options]}


def test_a_set_of_good_proofs_passes(foreigner: Foreigner, verified: Verified) -> None:
    verified(_with_proofs(foreigner, *({"cryptosuite": suite} for suite in SUITES)))


@pytest.mark.parametrize("forged", [0, 1])
@pytest.mark.parametrize("suite", SUITES)
def test_a_forged_proof_beside_a_good_one_is_refused(
    foreigner: Foreigner, refused: Refused, suite: str, forged: int
) -> None:
    document = _with_proofs(foreigner, {"cryptosuite": suite}, {"cryptosuite": suite})
    stolen = Foreigner().proof(foreigner.credential(), suite)["proofValue"]
    document["proof"][forged]["proofValue"] = stolen
    assert refused(document, by=CheckName.PROOF) == {"signature_wrong"}


def test_a_proof_of_an_unknown_kind_beside_a_good_one_is_refused(foreigner: Foreigner, refused: Refused) -> None:
    document = _with_proofs(foreigner, {})
    document["proof"].append({**document["proof"][0], "cryptosuite": "none-2030"})
    refused(document)


@pytest.mark.parametrize("proof", [None, [], {}, "", [None], [[]], "z3", [{"type": "DataIntegrityProof"}]])
def test_no_proof_is_no_proof(foreigner: Foreigner, refused: Refused, proof: Any) -> None:
    refused({**foreigner.credential(), "proof": proof})


def test_a_document_without_a_proof_is_refused(foreigner: Foreigner, refused: Refused) -> None:
    refused(foreigner.credential())


@pytest.mark.parametrize("suite", SUITES)
def test_somebody_elses_proof_does_not_make_an_issuer(foreigner: Foreigner, refused: Refused, suite: str) -> None:
    """Anybody has a did:key. A credential of the bank with Mallory's proof is Mallory's."""
    mallory = Foreigner()
    document = foreigner.credential()
    refused({**document, "proof": mallory.proof(document, suite)}, by=CheckName.PROOF)
    refused({**document, "proof": [mallory.proof(document, suite)] * 2}, by=CheckName.PROOF)


def test_a_witness_beside_the_issuer_is_welcome(foreigner: Foreigner, verified: Verified) -> None:
    witness = Foreigner()
    document = foreigner.credential()
    verified({**document, "proof": [foreigner.proof(document), witness.proof(document)]})


def test_a_borrowed_method_does_not_make_an_issuer(foreigner: Foreigner, refused: Refused) -> None:
    """The proof names the issuer's key, and Mallory's signed."""
    document = foreigner.credential()
    refused({**document, "proof": Foreigner().proof(document, verificationMethod=foreigner.method)})


def test_an_issuer_as_an_object_is_held_to_its_id(foreigner: Foreigner, refused: Refused, verified: Verified) -> None:
    verified(foreigner.secured(foreigner.credential(issuer={"id": foreigner.did, "name": "Bank"})))
    refused(foreigner.secured(foreigner.credential(issuer={"id": Foreigner().did, "name": "Bank"})))


@pytest.mark.parametrize("purpose", ["authentication", "keyAgreement", "capabilityInvocation", "admin", ""])
@pytest.mark.parametrize("suite", SUITES)
def test_a_proof_for_another_purpose_asserts_nothing(
    foreigner: Foreigner, refused: Refused, suite: str, purpose: str
) -> None:
    """Stops a signature given to log in from being handed on as a statement."""
    refused(foreigner.secured(foreigner.credential(), suite, proofPurpose=purpose), by=CheckName.PROOF)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "options",
    [{"expires": "2026-01-02T00:00:00Z"}, {"created": "2099-01-01T00:00:00Z"}, {"created": "yesterday"}],
    ids=["expired", "of the future", "no date"],
)
def test_a_proof_out_of_its_time_is_refused(
    foreigner: Foreigner, refused: Refused, suite: str, options: dict[str, Any]
) -> None:
    refused(foreigner.secured(foreigner.credential(), suite, **options))


@pytest.mark.parametrize("suite", SUITES)
def test_every_word_of_the_options_is_signed(foreigner: Foreigner, refused: Refused, suite: str) -> None:
    secured = foreigner.secured(foreigner.credential(), suite, expires="2036-01-01T00:00:00Z")
    for name, value in {
        "created": "2026-01-02T00:00:00Z",
        "expires": "2037-01-01T00:00:00Z",
        "domain": "vendor.example",
        "challenge": "n-2",
        "cryptosuite": SUITES[1 - SUITES.index(suite)],
    }.items():
        changed = deepcopy(secured)
        changed["proof"][name] = value
        refused(changed)
    stripped = deepcopy(secured)
    del stripped["proof"]["expires"]
    refused(stripped)


@pytest.mark.parametrize("suite", SUITES)
def test_every_word_of_the_credential_is_signed(foreigner: Foreigner, refused: Refused, suite: str) -> None:
    secured = foreigner.secured(foreigner.credential(validUntil="2036-01-01T00:00:00Z"), suite)
    for change in (
        {"validUntil": "2037-01-01T00:00:00Z"},
        {"validFrom": "2025-01-01T00:00:00Z"},
        {"id": "urn:uuid:00000000-0000-4000-8000-000000000000"},
        {"credentialSubject": {"id": "did:example:mallory", "name": "Concierge"}},
        {"name": "A better name"},
        {"type": ["VerifiableCredential", "BitstringStatusListCredential"]},
    ):
        refused({**secured, **change})
    refused({name: value for name, value in secured.items() if name != "validUntil"})


def test_a_chain_that_points_to_nothing_is_refused(foreigner: Foreigner, refused: Refused) -> None:
    for previous in ("urn:proof:gone", ["urn:proof:gone"], 4, [None], [], ""):
        refused(foreigner.secured(foreigner.credential(), "eddsa-rdfc-2022", previousProof=previous))


def test_a_chain_that_runs_in_a_circle_is_refused(foreigner: Foreigner, refused: Refused) -> None:
    document = foreigner.credential()
    first = foreigner.proof(document, id="urn:proof:1", previousProof="urn:proof:2")
    second = foreigner.proof(document, id="urn:proof:2", previousProof="urn:proof:1")
    refused({**document, "proof": [first, second]})
    refused({**document, "proof": foreigner.proof(document, id="urn:proof:1", previousProof="urn:proof:1")})


def test_two_proofs_of_one_name_are_refused(foreigner: Foreigner, refused: Refused) -> None:
    """Which of them the chain goes through would be each reader's guess."""
    document = foreigner.credential()
    proofs = [foreigner.proof(document, id="urn:proof:1") for _ in range(2)]
    chained = foreigner.proof({**document, "proof": proofs[0]}, id="urn:proof:2", previousProof="urn:proof:1")
    refused({**document, "proof": [*proofs, chained]})
