"""Every member of a JSON-LD document means something, or the document is refused."""

from __future__ import annotations

from typing import Any

import pytest

from identity.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, EXAMPLES_V2, known_urls
from identity.credentials.json_ld import check_terms
from identity.credentials.json_ld_context import INITIAL, INLINE_TERMS_MAX, SCOPED_TERMS_MAX, names_of
from identity.credentials.json_ld_walk import CONTEXTS_MAX
from identity.primitives.errors import InvalidInput


def document(*contexts: Any, **members: Any) -> dict[str, Any]:
    return {
        "@context": [CREDENTIALS_V2, *contexts],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "issuer": "did:web:registry.example",
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }


def refusal(value: Any) -> str | None:
    try:
        check_terms(value)
    except InvalidInput as error:
        return error.code
    return None


@pytest.mark.parametrize(
    "value",
    [
        document(),
        document(type=["VerifiableCredential", "https://terms.example/Other"]),
        document({"seats": "https://terms.example/seats"}, credentialSubject={"id": "urn:s", "seats": [1, "x", True]}),
        document({"ex": "https://terms.example/"}, {"seats": "ex:seats"}, credentialSubject={"seats": {"ex:row": 3}}),
        document({"T": {"@id": "https://t.example/T", "@context": {"deep": "https://t.example/d"}}}, evidence={
            "type": "T", "deep": 1
        }),
        document({"@protected": True, "ok": "https://t.example/ok"}, {"ok": "https://t.example/ok"}),
        document({"@context": {"ok": "https://t.example/ok"}}, credentialSubject={"ok": 1}),
        document({"data": {"@id": "https://t.example/d", "@type": "@json"}}, credentialSubject={"data": {"x": [[1]]}}),
        document({"kind": {"@id": "https://t.example/k", "@type": "@vocab"}}, credentialSubject={
            "kind": "VerifiableCredential"
        }),
        document({"texts": {"@id": "https://t.example/t", "@container": "@language"}}, credentialSubject={
            "texts": {"en": "agent", "de-AT": ["Agent"]}
        }),
        document(EXAMPLES_V2, type=["VerifiableCredential", "AlumniCredential"], credentialSubject={"alumniOf": "x"}),
        document(name={"@value": "x", "@language": "en", "@direction": "ltr"}),
        {**document(), "@context": CREDENTIALS_V2},
    ],
)  # fmt: skip
def test_it_takes_what_means_something(value: Any) -> None:
    assert refusal(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({}, "context_missing"),
        ([], "context_missing"),
        (document(admin=True), "unmapped_term"),
        (document(credentialSubject={"id": "urn:s", "admin": True}), "unmapped_term"),
        (document(issuer={"id": "urn:i", "encodedList": "x"}), "unmapped_term"),
        (document(type=["VerifiableCredential", "Admin"]), "unmapped_type"),
        (document(type=["VerifiableCredential", 5]), "unmapped_type"),
        (document(type=["VerifiableCredential", "@json"]), "unmapped_type"),
        (document({"T": "https ://no-url#T"}, type=["T"]), "malformed_context"),
        (document({"kind": {"@id": "https://t.example/k", "@type": "@vocab"}}, credentialSubject={"kind": "Unknown"}),
         "unmapped_term"),
        (document(id="relative"), "malformed_url"),
        (document(id="_:b0"), "malformed_url"),
        (document(id=["urn:a", "urn:b"]), "malformed_url"),
        (document(id=None), "malformed_url"),
        (document(issuer="https://[half"), "malformed_url"),
        (document({"did": "https://mallory.example/"}), "malformed_url"),
        (document(credentialSubject={"@id": "urn:s"}), "json_ld_keyword"),
        (document(**{"@included": []}), "json_ld_keyword"),
        (document(**{"@reverse": {}}), "json_ld_keyword"),
        (document(**{"@graph": []}), "json_ld_keyword"),
        (document(credentialSubject={"@set": []}), "json_ld_keyword"),
        (document(EXAMPLES_V2, credentialSubject={"a": [[1]]}), "nested_list"),
        (document(name={"@value": "x", "url": "y"}), "malformed_value"),
        (document(name={"@value": ["x"]}), "malformed_value"),
        (document(name={"@value": "x", "@language": "not a tag"}), "malformed_value"),
        (document(name={"@value": 5, "@language": "en"}), "malformed_value"),
        (document(name={"@value": "x", "@language": "en", "@type": "https://t.example/t"}), "malformed_value"),
        (document(name={"@value": "x", "@direction": "up"}), "malformed_value"),
        (document({"data": {"@id": "https://t.example/d", "@type": "@json"}}, credentialSubject={"data": [
            {"@context": {}}]}), "json_ld_keyword"),
        (document("https://context.example/v1"), "unknown_context"),
        (document("https ://no-url"), "unknown_context"),
        (document(5), "malformed_context"),
        (document({"a": 5}), "malformed_context"),
        (document({"a": "b:c", "b": "a:d"}), "malformed_context"),
        (document({"a": {"@id": 5}}), "malformed_context"),
        (document({"@vocab": "relative"}), "malformed_context"),
        (document({"a": "@value"}), "unsupported_context"),
        (document({"@base": "https://mallory.example/"}), "unsupported_context"),
        (document({"@import": CREDENTIALS_V1}), "unsupported_context"),
        (document({"a": {"@reverse": "https://t.example/r"}}), "unsupported_context"),
        (document({"a": {"@id": "https://t.example/a", "@nest": "b"}}), "unsupported_context"),
        (document({"a": {"@id": "https://t.example/a", "@container": "@index"}}), "unsupported_context"),
        (document({"a": {"@id": "https://t.example/a", "@context": CREDENTIALS_V2}}), "unsupported_context"),
        (document({f"t{n}": f"https://t.example/{n}" for n in range(INLINE_TERMS_MAX + 1)}), "unsupported_context"),
        (document({"a": {"@id": "https://t.example/a", "@context": {f"t{n}": f"https://t.example/{n}" for n in range(
            SCOPED_TERMS_MAX + 1)}}}), "unsupported_context"),
        (document(*[{}] * CONTEXTS_MAX), "unsupported_context"),
        (document({"@context": [{}] * CONTEXTS_MAX}), "unsupported_context"),
        (document({"VerifiableCredential": "https://t.example/Bad"}), "protected_term"),
        (document({"@protected": True, "a": "https://t.example/a"}, {"a": "https://t.example/b"}), "protected_term"),
        (document(None), "protected_term"),
        (document({"ends": "https://www.w3.org/2018/credentials#validUntil"}), "renamed_term"),
        (document({"identifier": "@id"}), "renamed_term"),
        (document({"id": None}), "protected_term"),
    ],
)  # fmt: skip
def test_it_refuses_what_a_processor_would_drop_or_read_otherwise(value: Any, code: str) -> None:
    assert refusal(value) == code


def test_it_refuses_nesting_without_end() -> None:
    node: dict[str, Any] = {"a": 1}
    for _ in range(40):
        node = {"a": node}
    assert refusal(document(EXAMPLES_V2, credentialSubject=node)) == "json_too_deep"


def test_it_reads_scoped_terms_where_they_stand_and_nowhere_else() -> None:
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    assert refusal(document(credentialStatus=entry)) is None
    assert refusal(document(credentialStatus={**entry, "encodedList": "u"})) == "unmapped_term"
    assert refusal(document(statusPurpose="revocation")) == "unmapped_term"
    inner = {"@context": [CREDENTIALS_V2], "type": ["VerifiableCredential"], "credentialSubject": {"id": "urn:s"}}
    presentation = {"@context": [CREDENTIALS_V2], "type": "VerifiablePresentation", "verifiableCredential": [inner]}
    assert refusal(presentation) is None
    without = {name: value for name, value in inner.items() if name != "@context"}
    assert refusal({**presentation, "verifiableCredential": [without]}) == "unmapped_term"


@pytest.mark.parametrize("url", known_urls())
def test_it_understands_every_bundled_context(url: str) -> None:
    active = INITIAL.with_local(url)
    assert active.terms or active.vocab
    for name, term in active.terms.items():
        assert term.iri is None or term.iri.startswith("@") or name in names_of(term.iri, name)
