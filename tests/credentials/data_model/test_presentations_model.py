"""What is a verifiable presentation, and what is an envelope."""

from __future__ import annotations

from typing import Any

import pytest

from identity.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, EXAMPLES_V2
from identity.credentials.data_model import (
    CREDENTIALS_PER_PRESENTATION_MAX,
    check_envelope,
    check_presentation,
    credentials_in,
    holder_of,
)
from identity.primitives.errors import InvalidInput

INSIDE = {"@context": [CREDENTIALS_V2], "type": ["VerifiableCredential"]}
ENVELOPE = {
    "@context": CREDENTIALS_V2,
    "type": "EnvelopedVerifiableCredential",
    "id": "data:application/vc+jwt,eyJhbGciOiJFZERTQSJ9.e30.AA",
}


def presentation(**members: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
    return {name: value for name, value in {**base, **members}.items() if value is not ...}


def refusal(check: Any, *arguments: Any) -> str | None:
    try:
        check(*arguments)
    except InvalidInput as error:
        return error.code
    return None


@pytest.mark.parametrize(
    "document",
    [
        presentation(),
        presentation(id="urn:uuid:1", holder="did:web:a.example"),
        presentation(holder={"id": "did:web:a.example"}),
        presentation(verifiableCredential=[INSIDE, ENVELOPE]),
        presentation(verifiableCredential=INSIDE),
        presentation(**{"@context": [CREDENTIALS_V1]}, verifiableCredential=["eyJhbGciOiJFZERTQSJ9.e30.AA"]),
    ],
)
def test_it_takes_a_presentation(document: dict[str, Any]) -> None:
    assert refusal(check_presentation, document) is None


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"type": ["NonconformingDocument"]}, "context_missing"),
        (presentation(**{"@context": [EXAMPLES_V2]}), "wrong_context"),
        (presentation(**{"@context": [{"T": "https://t.example/T"}, CREDENTIALS_V2]}), "wrong_context"),
        (presentation(type=...), "wrong_type"),
        (presentation(type=["CredentialManagerPresentation"]), "wrong_type"),
        (presentation(id="no url"), "malformed_url"),
        (presentation(holder="z6Mk"), "malformed_holder"),
        (presentation(holder={"name": "Acme"}), "malformed_holder"),
        (presentation(holder={"id": "z6Mk"}), "malformed_holder"),
        (presentation(verifiableCredential=["eyJhbGciOiJFZERTQSJ9.e30.AA"]), "malformed_credential"),
        (presentation(verifiableCredential=[{**INSIDE, "type": []}]), "malformed_credential"),
        (presentation(verifiableCredential=[5]), "malformed_credential"),
        (
            presentation(verifiableCredential=[{**ENVELOPE, "type": ["EnvelopedVerifiableCredential", "X"]}]),
            "wrong_type",
        ),
        (presentation(verifiableCredential=[{**ENVELOPE, "id": "https://a.example/"}]), "malformed_url"),
        (presentation(verifiableCredential=[INSIDE] * (CREDENTIALS_PER_PRESENTATION_MAX + 1)), "too_many_credentials"),
        (presentation(admin=True), "unmapped_term"),
        (presentation(termsOfUse={}), "malformed_member"),
        (presentation(proof=[{}]), "malformed_proof"),
    ],
)
def test_it_refuses_what_is_none(document: Any, code: str) -> None:
    assert refusal(check_presentation, document) == code


def test_it_tells_who_holds_what() -> None:
    assert holder_of(presentation()) is None
    assert holder_of(presentation(holder={"id": "did:web:a.example"})) == "did:web:a.example"
    assert credentials_in(presentation(verifiableCredential=INSIDE)) == [INSIDE]
    assert credentials_in(presentation()) == []


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        (ENVELOPE, None),
        ({**ENVELOPE, "@context": [CREDENTIALS_V2]}, None),
        ({**ENVELOPE, "@context": []}, "wrong_context"),
        ({**ENVELOPE, "@context": EXAMPLES_V2}, "wrong_context"),
        ({**ENVELOPE, "type": "VerifiableCredential"}, "wrong_type"),
        ({**ENVELOPE, "id": "eyJhbGciOiJFZERTQSJ9.e30.AA"}, "malformed_url"),
        ({**ENVELOPE, "id": 5}, "malformed_url"),
        (None, "wrong_context"),
    ],
)
def test_it_knows_an_envelope(envelope: Any, code: str | None) -> None:
    assert refusal(check_envelope, envelope, "EnvelopedVerifiableCredential") == code
