"""Schemas are other people's programs: judged as JSON Schema says, and stopped before they cost anything."""

from __future__ import annotations

from typing import Any

import pytest

from identity.credentials.json_schema import Fits, Undecided, Unfit, evaluate
from tests.effort import bounded

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENT = {"credentialSubject": {"id": "did:web:a", "assuranceLevel": 2, "list": ["a", "b"]}}


def schema(**rules: Any) -> dict[str, Any]:
    return {"$schema": DRAFT, **rules}


def subject(**rules: Any) -> dict[str, Any]:
    return schema(properties={"credentialSubject": {"properties": rules}})


def test_it_fits_or_it_does_not() -> None:
    assert evaluate(subject(assuranceLevel={"type": "integer", "maximum": 3}), DOCUMENT) == Fits()
    found = evaluate(subject(assuranceLevel={"maximum": 1}), DOCUMENT)
    assert isinstance(found, Unfit)
    assert found.detail.startswith("$.credentialSubject.assuranceLevel")
    assert isinstance(evaluate(schema(required=["id"]), DOCUMENT), Unfit)


@pytest.mark.parametrize(
    "bad",
    [
        [],
        {},
        {"$schema": "https://example.org/own"},
        schema(type="nonsense"),
        subject(list={"$ref": "https://elsewhere.example/schema"}),
        subject(list={"$ref": "#/$defs/missing"}),
        subject(id={"pattern": "^(a+)+$"}),
        subject(id={"anyOf": [{"patternProperties": {"^(a+)+$": True}}]}),
    ],
)
def test_what_cannot_be_decided_is_said_to_be_so(bad: Any) -> None:
    assert isinstance(evaluate(bad, DOCUMENT), Undecided)


def test_a_schema_that_doubles_its_work_is_stopped() -> None:
    """Thirty definitions, each applying the next one twice: two to the thirtieth steps."""
    definitions = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)}
    bomb = schema(allOf=[{"$ref": "#/$defs/d0"}], **{"$defs": {**definitions, "d30": {"type": "object"}}})
    with bounded(calls=1_000_000):
        assert isinstance(evaluate(bomb, DOCUMENT), Undecided)


def test_a_schema_that_refers_to_itself_is_stopped() -> None:
    ring = schema(**{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})
    assert isinstance(evaluate(ring, DOCUMENT), Undecided)
