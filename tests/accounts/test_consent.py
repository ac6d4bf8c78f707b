"""A human's consent: only her own passkey, over exactly what was shown, with finger, face or PIN."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from identity.accounts.consent import consent_options, has_passkey, relying_party_origin, take_consent
from identity.accounts.models import User
from identity.primitives.errors import InvalidInput, NotPermitted
from identity.primitives.webauthn import consent_challenge, verify_assertion
from tests.passkeys import PRESENT, SoftPasskey

BINDING = sha256(b"40 EUR to Nordlicht").digest()
TEXT = "Buyer may pay 40.00 EUR to Nordlicht Hardware GmbH, once."
CHALLENGE = consent_challenge(binding_digest=BINDING, displayed_text=TEXT)


@pytest.fixture
def passkey(alice: User) -> SoftPasskey:
    return SoftPasskey(origin=relying_party_origin()).add_to(alice)


def agree(user: User, response: str) -> dict[str, Any]:
    return take_consent(user, challenge=CHALLENGE, displayed_text=TEXT, response=response)


def verdict(evidence: dict[str, Any], **other: Any) -> str | None:
    given = {"challenge": CHALLENGE, "displayed_text": TEXT, "rp_id": "localhost", "origins": (relying_party_origin(),)}
    return verify_assertion(evidence, **{**given, **other})


def test_it_keeps_evidence_that_anybody_can_check(alice: User, passkey: SoftPasskey) -> None:
    options = consent_options(alice, challenge=CHALLENGE)
    evidence = agree(alice, passkey.answer(options["challenge"]))

    assert has_passkey(alice)
    assert options["userVerification"] == "required"
    assert evidence["credentialPublicKeyJwk"]["crv"] == "P-256"
    assert verdict(evidence) is None


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"challenge": sha256(b"400 EUR").digest()}, "challenge_mismatch"),
        ({"displayed_text": TEXT.replace("40.00", "4.00")}, "challenge_mismatch"),
        ({"rp_id": "attorn.example"}, "relying_party_mismatch"),
        ({"origins": ("https://attorn.example",)}, "origin_mismatch"),
    ],
)
def test_evidence_counts_for_its_own_transaction_text_and_site_only(
    alice: User, passkey: SoftPasskey, other: dict[str, Any], code: str
) -> None:
    evidence = agree(alice, passkey.answer(consent_options(alice, challenge=CHALLENGE)["challenge"]))
    assert verdict(evidence, **other) == code


@pytest.mark.parametrize("field", ["authenticatorData", "clientDataJSON", "signature"])
def test_changed_evidence_does_not_count(alice: User, passkey: SoftPasskey, field: str) -> None:
    evidence = agree(alice, passkey.answer(consent_options(alice, challenge=CHALLENGE)["challenge"]))
    text = evidence[field]
    assert verdict({**evidence, field: text[:40] + ("A" if text[40] != "A" else "B") + text[41:]}) is not None
    assert verdict({**evidence, field: ""}) == "evidence_malformed"
    assert verdict({**evidence, field: text + "="}) == "evidence_malformed"


def test_another_key_does_not_count(alice: User, passkey: SoftPasskey) -> None:
    evidence = agree(alice, passkey.answer(consent_options(alice, challenge=CHALLENGE)["challenge"]))
    other = SoftPasskey(origin=relying_party_origin()).add_to(alice)
    others = agree(alice, other.answer(consent_options(alice, challenge=CHALLENGE)["challenge"]))
    exchanged = {**evidence, "credentialPublicKeyJwk": others["credentialPublicKeyJwk"]}
    assert verdict(exchanged) == "signature_invalid"


def test_it_refuses_a_passkey_of_somebody_else(alice: User, mallory: User, passkey: SoftPasskey) -> None:
    hers = SoftPasskey(origin=relying_party_origin()).add_to(mallory)
    challenge = consent_options(alice, challenge=CHALLENGE)["challenge"]
    with pytest.raises(NotPermitted, match="not one of yours"):
        agree(alice, hers.answer(challenge))


@pytest.mark.parametrize(
    "change",
    [
        {"flags": PRESENT},
        {"origin": "https://evil.example"},
        {"crossOrigin": True},
        {"type": "webauthn.create"},
        {"challenge": "AAAA"},
    ],
)
def test_it_refuses_an_assertion_made_otherwise(alice: User, passkey: SoftPasskey, change: dict[str, Any]) -> None:
    arguments = {"challenge": consent_options(alice, challenge=CHALLENGE)["challenge"], **change}
    with pytest.raises(NotPermitted) as refused:
        agree(alice, passkey.answer(**arguments))
    assert refused.value.code == "consent_not_given"


@pytest.mark.parametrize("response", ["", "{}", "[]", "null", '{"id": 3}', "x" * 20_000, '{"id": "a", "response": {}}'])
def test_it_refuses_what_is_no_assertion(alice: User, passkey: SoftPasskey, response: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        agree(alice, response)
    assert refused.value.code == "consent_malformed"
