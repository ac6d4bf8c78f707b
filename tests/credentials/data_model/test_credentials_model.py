"""What is a verifiable credential, by the data model 2.0 and 1.1, member by member."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, EXAMPLES_V2
from identity.credentials.data_model import (
    Version,
    check_credential,
    issuer_of,
    subjects_of,
    validity_of,
    version_of,
)
from identity.credentials.data_model_dates import read_date_time
from identity.primitives.errors import InvalidInput

DIGEST = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"
T = "https://terms.example/Type"


def credential(**members: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, EXAMPLES_V2],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:registry.example",
        "credentialSubject": {"id": "did:example:subject"},
    }
    return {name: value for name, value in {**base, **members}.items() if value is not ...}


def older(**members: Any) -> dict[str, Any]:
    start = {"@context": [CREDENTIALS_V1], "issuanceDate": "2026-01-01T00:00:00Z"}
    return credential(**{**start, **members})


def refusal(document: Any, **options: Any) -> str | None:
    try:
        check_credential(document, **options)
    except InvalidInput as error:
        return error.code
    return None


RESOURCE = {"id": CREDENTIALS_V2, "digestSRI": DIGEST}


@pytest.mark.parametrize(
    "document",
    [
        credential(),
        credential(id="urn:uuid:1", name="x", description=[{"@value": "x", "@language": "en", "@direction": "ltr"}]),
        credential(type="VerifiableCredential"),
        credential(type=["https://terms.example/A", "VerifiableCredential", "RelationshipCredential"]),
        credential(issuer={"id": "did:web:registry.example", "name": "Registry"}),
        credential(credentialSubject=[{"id": "urn:a"}, {"claim": 1}]),
        credential(validFrom="2026-01-01T00:00:00Z", validUntil="2026-01-01T01:00:00+01:00"),
        credential(validFrom="4023-02-26T01:02:58.447Z"),
        credential(credentialStatus={"type": T}, credentialSchema=[{"id": "urn:s", "type": T}]),
        credential(evidence=[{"type": T}, {"type": [T]}], termsOfUse={"type": T, "id": "urn:t"}),
        credential(refreshService={"type": T, "id": "urn:r"}),
        credential(relatedResource=[RESOURCE, {"id": "urn:other", "digestMultibase": "zQm"}]),
        credential(proof={"type": "DataIntegrityProof"}),
        older(),
        older(expirationDate="2027-01-01T00:00:00.5-06:00"),
    ],
)
def test_it_takes_a_credential(document: dict[str, Any]) -> None:
    assert refusal(document) is None


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "malformed_credential"),
        ("eyJhbGciOiJFZERTQSJ9", "malformed_credential"),
        ([], "malformed_credential"),
        (credential(**{"@context": ...}), "context_missing"),
        (credential(**{"@context": CREDENTIALS_V2}), "wrong_context"),
        (credential(**{"@context": []}), "wrong_context"),
        (credential(**{"@context": [EXAMPLES_V2, CREDENTIALS_V2]}), "wrong_context"),
        (credential(**{"@context": [CREDENTIALS_V2, 5]}), "wrong_context"),
        (credential(**{"@context": [CREDENTIALS_V2, "https://unknown.example/"]}), "unknown_context"),
        (credential(type=...), "wrong_type"),
        (credential(type=["RelationshipCredential"]), "wrong_type"),
        (credential(type=["VerifiableCredential", 5]), "wrong_type"),
        (credential(id="not a url"), "malformed_url"),
        (credential(id=None), "malformed_url"),
        (credential(id=["urn:a", "urn:b"]), "malformed_url"),
        (credential(issuer=...), "malformed_issuer"),
        (credential(issuer=None), "malformed_issuer"),
        (credential(issuer="fake-issuer"), "malformed_issuer"),
        (credential(issuer={"id": None}), "malformed_issuer"),
        (credential(issuer={"name": "x"}), "malformed_issuer"),
        (credential(issuer=["did:web:a.example"]), "malformed_issuer"),
        (credential(issuer={"id": "urn:i", "name": {"@value": "x", "url": "y"}}), "malformed_text"),
        (credential(credentialSubject=...), "malformed_subject"),
        (credential(credentialSubject={}), "malformed_subject"),
        (credential(credentialSubject=[]), "malformed_subject"),
        (credential(credentialSubject=[{"id": "urn:a"}, {}]), "malformed_subject"),
        (credential(credentialSubject="did:example:subject"), "malformed_subject"),
        (credential(credentialSubject={"id": ["urn:a", "urn:b"]}), "malformed_url"),
        (credential(validFrom="Sat 25 Feb 2023 07:16:31 PM CST"), "malformed_date"),
        (credential(validFrom="2026-01-01T00:00:00"), "malformed_date"),
        (credential(validFrom="2026-02-30T00:00:00Z"), "malformed_date"),
        (credential(validFrom=None), "malformed_date"),
        (credential(validUntil=["2026-01-01T00:00:00Z"]), "malformed_date"),
        (credential(validFrom="2026-01-01T00:00:01Z", validUntil="2026-01-01T00:00:00Z"), "dates_reversed"),
        (credential(credentialStatus={"id": "urn:s"}), "malformed_member"),
        (credential(credentialStatus={"type": 2}), "malformed_member"),
        (credential(credentialStatus="urn:s"), "malformed_member"),
        (credential(credentialStatus=[]), "malformed_member"),
        (credential(credentialStatus={"id": ["urn:a", "urn:b"], "type": T}), "malformed_url"),
        (credential(credentialStatus={"id": "https ://x", "type": T}), "malformed_url"),
        (credential(credentialSchema={"type": T}), "malformed_member"),
        (credential(credentialSchema={"id": "urn:s"}), "malformed_member"),
        (credential(refreshService={"id": "urn:r"}), "malformed_member"),
        (credential(termsOfUse={}), "malformed_member"),
        (credential(evidence=[{"type": T}, {}]), "malformed_member"),
        (credential(evidence=[{"type": T}] * 101), "malformed_member"),
        (credential(relatedResource=[CREDENTIALS_V2]), "malformed_related_resource"),
        (credential(relatedResource={"digestSRI": DIGEST}), "malformed_related_resource"),
        (credential(relatedResource={"id": CREDENTIALS_V2}), "malformed_related_resource"),
        (credential(relatedResource=[RESOURCE, RESOURCE]), "malformed_related_resource"),
        (credential(relatedResource={**RESOURCE, "digestSRI": "sha384-" + "A" * 64}), "digest_mismatch"),
        (credential(name={"@value": "x", "@language": "en", "url": "y"}), "malformed_text"),
        (credential(name=5), "malformed_text"),
        (credential(description={"@language": "en"}), "malformed_text"),
        (credential(description=[]), "malformed_member"),
        (credential(proof={"created": "2026-01-01T00:00:00Z"}), "malformed_proof"),
        (credential(proof=[5]), "malformed_proof"),
        (credential(**{"@context": [CREDENTIALS_V2]}, admin=True), "unmapped_term"),
        (credential(**{"@context": [CREDENTIALS_V2]}, type=["VerifiableCredential", "Admin"]), "unmapped_type"),
        (older(issuanceDate=...), "date_missing"),
        (older(validUntil="2025-01-01T00:00:00Z"), "dates_reversed"),
        (credential(**{"@context": [CREDENTIALS_V2]}, issuanceDate="2026-01-01T00:00:00Z"), "unmapped_term"),
        (older(expirationDate="2025-01-01T00:00:00Z"), "dates_reversed"),
        (older(credentialStatus={"type": T}), "malformed_member"),
    ],
)
def test_it_refuses_what_is_none(document: Any, code: str) -> None:
    assert refusal(document) == code


def test_it_says_which_member_is_wrong() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_credential(credential(validUntil="tomorrow"))
    assert caught.value.field == "validUntil"


def test_it_looks_at_the_clock_when_told() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    document = credential(validFrom="2026-11-21T00:00:00Z", validUntil="2026-11-21T01:00:00+01:00")
    assert refusal(document, at=at) is None
    assert refusal(document, at=at - timedelta(seconds=1)) == "not_yet_valid"
    assert refusal(document, at=at + timedelta(seconds=1)) == "expired"


def test_it_tells_who_speaks_of_whom_and_when() -> None:
    document = older(issuer={"id": "urn:i"}, credentialSubject=[{"id": "urn:a"}, {"id": "urn:b"}])
    check_credential(document)
    assert version_of(document) is Version.V1
    assert issuer_of(document) == "urn:i"
    assert subjects_of(document) == ("urn:a", "urn:b")
    assert validity_of(document).valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert validity_of(document).valid_until is None


DATES = st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", fullmatch=True)
MEMBERS = ["@context", "id", "type", "issuer", "credentialSubject", "validFrom", "validUntil", "credentialStatus"]
MEMBERS += ["credentialSchema", "evidence", "termsOfUse", "refreshService", "relatedResource", "name", "proof"]


@given(st.text(max_size=30) | DATES)
def test_it_reads_dates_or_says_no(text: str) -> None:
    instant = read_date_time(text, needs_offset=False)
    assert instant is None or instant.utcoffset() == timedelta(0)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    st.sampled_from(MEMBERS),
)
def test_it_never_fails_on_odd_values(value: Any, member: str) -> None:
    refusal({**credential(), member: value})
    refusal(value)
