"""Canonical quads: those of an independent library, for what means something whole, in bounded time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyld import jsonld

from identity.credentials.contexts import CREDENTIALS_V2, EXAMPLES_V2, context_document
from identity.credentials.json_ld import ALIKE_NODES_MAX, RDF_BYTES_MAX, canonical_quads
from identity.primitives.errors import AttornError
from tests.effort import bounded

INLINE = {
    "@protected": True,
    "Thing": {"@id": "https://t.example/Thing", "@context": {"inner": "https://t.example/inner"}},
    "link": {"@id": "https://t.example/link", "@type": "@id"},
    "when": {"@id": "https://t.example/when", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
    "order": {"@id": "https://t.example/order", "@container": "@list"},
    "text": "https://t.example/text",
    "nested": {"@id": "https://t.example/nested", "@context": {"only": "https://t.example/only"}},
}

printable = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.sampled_from([0.5, -2.25, 1e30, 0.1, 3.0])
scalars = printable | numbers | st.booleans()
urls = st.sampled_from(["urn:a", "did:web:b.example", "https://c.example/?q#f", "https://ü.example/"])
languages = st.sampled_from(["en", "de-AT", "ZH-hans"])
nodes = st.deferred(
    lambda: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["Thing", ["Thing", "https://t.example/Other"], "Example"]),
            "id": st.uuids().map(lambda value: f"urn:uuid:{value}"),
            "text": st.lists(scalars, min_size=1, max_size=3, unique_by=repr) | scalars,
            "name": st.builds(lambda text, tag: {"@value": text, "@language": tag}, printable, languages),
            "link": urls | nodes,
            "when": st.just("2026-11-21T08:00:00Z"),
            "order": st.lists(scalars, max_size=3),
            "nested": st.fixed_dictionaries({"only": scalars, "id": st.uuids().map(lambda value: f"urn:uuid:{value}")}),
            "example": scalars,
        },
    )
)


def document(**members: Any) -> dict[str, Any]:
    return {
        "@context": [CREDENTIALS_V2, EXAMPLES_V2, INLINE],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "issuer": "did:web:registry.example",
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }


def by_another_library(value: Any) -> str:
    def load(url: str, options: Any) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": context_document(url)}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    quads: str = jsonld.normalize(value, options)
    return quads


def refusal(value: Any) -> str | None:
    try:
        canonical_quads(value)
    except AttornError as error:
        return error.code
    return None


@given(nodes, nodes)
def test_it_agrees_with_another_library_on_everything_it_takes(subject: Any, evidence: Any) -> None:
    value = document(credentialSubject=subject, evidence=evidence)
    try:
        quads = canonical_quads(value)
    except AttornError as error:
        assume(error.code not in ("too_many_anonymous_nodes", "not_signed"))  # too much alike; 3 beside 3.0
        raise
    assert quads.decode() == by_another_library(value)


def test_it_hashes_with_sha384_when_told() -> None:
    value = document(credentialSubject={"link": [{"text": number} for number in range(8)]})
    assert canonical_quads(value, algorithm="sha384") != canonical_quads(value)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (document(validUntil=None), "not_signed"),
        (document(credentialSubject={"id": "urn:s", "text": []}), "not_signed"),
        (document(credentialSubject={"id": "urn:s", "text": ["a", "a"]}), "not_signed"),
        (document(credentialSubject=[{"id": "urn:s", "text": "a"}, {"id": "urn:s", "name": "b"}]), "described_twice"),
        (document(issuer={"id": "urn:i", "name": "I", "link": {"id": "urn:i", "text": "moved"}}), "described_twice"),
        (document(validUntil={"@value": "2036-01-01T00:00:00Z", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}),
         "renamed_term"),
        (document(type=["VerifiableCredential", "VerifiableCredential"]), "not_signed"),
        (document(name={"@value": "x"}), "renamed_term"),
        (document(**{"https://www.w3.org/2018/credentials#validUntil": "2036-01-01T00:00:00Z"}), "unmapped_term"),
        (document(type=["https://www.w3.org/2018/credentials#VerifiableCredential"]), "unmapped_type"),
        ({**document(), "@context": [CREDENTIALS_V2, {"kind": "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"}],
          "credentialSubject": {"id": "urn:s", "kind": "x"}}, "renamed_term"),
        ({**document(), "@context": [CREDENTIALS_V2, {"other": "https://www.w3.org/ns/credentials/examples#claim"}]},
         "renamed_term"),
        ({"@context": CREDENTIALS_V2, "x": "a" * RDF_BYTES_MAX}, "document_too_large"),
        ({"@context": CREDENTIALS_V2, "x": object()}, "malformed_json"),
    ],
)  # fmt: skip
def test_it_refuses_what_reads_otherwise_and_signs_the_same(value: Any, code: str) -> None:
    assert refusal(value) == code


def clique(size: int) -> list[dict[str, Any]]:
    return [{"id": f"_:n{one}", "link": [{"id": f"_:n{other}"} for other in range(size)]} for one in range(size)]


@pytest.mark.parametrize(
    "subject",
    [
        [{} for _ in range(10)],
        {"link": [{} for _ in range(10)]},
        {"link": {"link": {"link": {"link": {"link": {"link": {"link": {"link": {"link": {}}}}}}}}}},
        {"link": [{"link": [{}, {}]}, {"link": [{}, {}]}, {"link": [{}, {}]}]},
        {"order": [1] * 10},
        {"link": [{"text": number} for number in range(1_000)]},
        clique(5),
    ],
)
def test_it_turns_a_canonicalization_bomb_away_at_once(subject: Any) -> None:
    with bounded(calls=300_000):
        assert refusal(document(credentialSubject=subject)) in ("too_many_anonymous_nodes", "malformed_url")


def test_it_counts_only_nodes_that_look_alike() -> None:
    alike = [{} for _ in range(ALIKE_NODES_MAX)]
    told_apart = [{"text": number} for number in range(50)]
    assert refusal(document(credentialSubject={"link": [*alike, *told_apart]})) is None
    assert refusal(document(credentialSubject={"link": [*alike, {}, *told_apart]})) == "too_many_anonymous_nodes"


def test_it_stays_quick_at_the_size_limit() -> None:
    many = [
        {"id": f"urn:{number}", "type": "DataIntegrityProof", "created": "2026-01-01T00:00:00Z"}
        for number in range(600)
    ]
    with bounded(calls=300_000):
        assert refusal(document(credentialSubject={"link": many})) is None
