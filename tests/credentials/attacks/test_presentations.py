"""Presentations: who shows it, to whom, for which question, and every credential inside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from identity.credentials.checks import CheckName, Outcome, Verification
from identity.credentials.verify_presentation import verify_presentation
from tests.foreigner import V2, Foreigner

pytestmark = pytest.mark.django_db
QUESTION = {"challenge": "n-1", "domain": "vendor.example"}


def held(holder: Foreigner, *credentials: Any, **more: Any) -> dict[str, Any]:
    return {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": holder.did,
        "verifiableCredential": list(credentials),
        **more,
    }


def shown(holder: Foreigner, *credentials: Any, suite: str = "eddsa-jcs-2022", **options: Any) -> dict[str, Any]:
    """A presentation signed by its holder for ``QUESTION``, save for what the test changes."""
    presentation = held(holder, *credentials)
    full = {"proofPurpose": "authentication", **QUESTION, **options}
    return {**presentation, "proof": holder.proof(presentation, suite, **full)}


@pytest.fixture
def answer(at: datetime) -> Any:
    def ask(presentation: Any, **question: str | None) -> Verification:
        return verify_presentation(presentation, at=at, **(QUESTION | question))

    return ask


@pytest.fixture
def bank() -> Foreigner:
    return Foreigner()


@pytest.fixture
def credential(bank: Foreigner, foreigner: Foreigner) -> dict[str, Any]:
    """The bank's statement about the foreigner."""
    return bank.secured(bank.credential(credentialSubject={"id": foreigner.did, "name": "Concierge"}))


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_a_good_presentation_passes(foreigner: Foreigner, credential: Any, answer: Any, suite: str) -> None:
    verification = answer(shown(foreigner, credential, suite=suite))
    assert verification.is_verified, verification.checks
    assert [inner.is_verified for inner in verification.credentials] == [True]


@pytest.mark.parametrize(
    "question",
    [{"challenge": "n-2"}, {"domain": "other.example"}, {"challenge": ""}, {"domain": ""}],
    ids=str,
)
def test_it_answers_one_question_of_one_verifier(
    foreigner: Foreigner, credential: Any, answer: Any, question: dict[str, str]
) -> None:
    """Replay: what was shown to one vendor is worth nothing at the next, or tomorrow."""
    assert not answer(shown(foreigner, credential), **question).is_verified


@pytest.mark.parametrize("missing", ["challenge", "domain"])
def test_a_proof_without_the_question_does_not_answer_it(
    foreigner: Foreigner, credential: Any, answer: Any, missing: str
) -> None:
    presentation = held(foreigner, credential)
    options = {name: value for name, value in QUESTION.items() if name != missing}
    proof = foreigner.proof(presentation, proofPurpose="authentication", **options)
    assert not answer({**presentation, "proof": proof}).is_verified


def test_a_statement_is_no_presentation(foreigner: Foreigner, credential: Any, answer: Any) -> None:
    """A key's signature under some fact must not log anybody in."""
    assert not answer(shown(foreigner, credential, proofPurpose="assertionMethod")).is_verified


def test_an_unsigned_presentation_answers_nothing(foreigner: Foreigner, credential: Any, answer: Any) -> None:
    assert not answer(held(foreigner, credential)).is_verified


def _binding(verification: Verification) -> Outcome:
    """Whether the one credential inside is said to be shown by whom it is about."""
    checks = {check.name: check.outcome for check in verification.credentials[0].checks}
    return checks[CheckName.HOLDER_BINDING]


def test_a_thief_cannot_show_it(foreigner: Foreigner, credential: Any, answer: Any) -> None:
    """Mallory copied the credential. Under her own name she is not its subject; under its subject's she has no key."""
    mallory = Foreigner()
    assert _binding(answer(shown(mallory, credential))) is not Outcome.PASSED
    stolen = held(foreigner, credential)
    borrowed = {"proofPurpose": "authentication", **QUESTION}
    assert not answer({**stolen, "proof": mallory.proof(stolen, **borrowed)}).is_verified
    forged = mallory.proof(stolen, **borrowed, verificationMethod=foreigner.method)
    assert not answer({**stolen, "proof": forged}).is_verified


def test_a_presentation_without_a_holder_is_its_signers(foreigner: Foreigner, credential: Any, answer: Any) -> None:
    mallory = Foreigner()
    nameless = {name: value for name, value in held(mallory, credential).items() if name != "holder"}
    proof = mallory.proof(nameless, proofPurpose="authentication", **QUESTION)
    assert _binding(answer({**nameless, "proof": proof})) is not Outcome.PASSED


def test_every_credential_inside_is_verified(
    foreigner: Foreigner, bank: Foreigner, credential: Any, answer: Any
) -> None:
    """didkit leaves them unverified; one forged among good ones must be found, wherever it stands."""
    about = {"id": foreigner.did, "name": "Concierge"}
    forged = {**credential, "credentialSubject": {**about, "name": "Admin"}}
    expired = bank.secured(bank.credential(credentialSubject=about, validUntil="2026-01-02T00:00:00Z"))
    unsigned = bank.credential(credentialSubject=about)
    for bad in (forged, expired, unsigned, "text", None, {}, {"type": "EnvelopedVerifiableCredential", "id": "data:,"}):
        for credentials in ([bad], [credential, bad], [bad, credential]):
            verification = answer(shown(foreigner, *credentials))
            assert not verification.is_verified, bad


def test_an_added_or_removed_credential_breaks_it(
    foreigner: Foreigner, bank: Foreigner, credential: Any, answer: Any
) -> None:
    other = bank.secured(bank.credential(credentialSubject={"id": foreigner.did, "name": "Other"}))
    for suite in ("eddsa-jcs-2022", "eddsa-rdfc-2022"):
        signed = shown(foreigner, credential, suite=suite)
        assert not answer({**signed, "verifiableCredential": [credential, other]}).is_verified
        assert not answer({**signed, "verifiableCredential": []}).is_verified
        assert not answer({name: value for name, value in signed.items() if name != "verifiableCredential"}).is_verified


@pytest.mark.parametrize("value", [None, "", "text", 5, [], {}, [[]], {"type": "VerifiablePresentation"}], ids=str)
def test_what_is_no_presentation_is_refused(answer: Any, value: Any) -> None:
    assert not answer(value).is_verified
