"""Schemas: somebody else's program over somebody else's document, run with a leash or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from identity.credentials.checks import CheckName, Outcome, Verification
from identity.credentials.verify import verify_credential
from tests.effort import bounded
from tests.foreigner import V2, Foreigner
from tests.servers import Web, says, web

pytestmark = pytest.mark.django_db
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
DRAFT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
Judged = Callable[..., Verification]


@pytest.fixture
def inside() -> Iterator[Web]:
    """A service of our own network that trusts whoever reaches it."""
    with web(says(json.dumps({**DRAFT, "type": "object"}).encode())) as server:
        yield server


@pytest.fixture
def judged(foreigner: Foreigner, settings: Any, at: datetime) -> Judged:
    """Verify a good credential that names these schemas; text is served, a number is the status of an error."""

    def judge(*schemas: dict[str, Any] | int, **members: Any) -> Verification:
        def answer(request: bytes, connection: Any) -> None:
            schema = schemas[int(request.split(b" ")[1].rpartition(b"/")[2])]
            reply = says(b"", f"{schema} Away") if isinstance(schema, int) else says(json.dumps(schema).encode())
            reply(request, connection)

        with web(answer) as server:
            settings.FETCH_ALLOW_ADDRESSES = [server.address]
            named = [{"id": f"http://{server.address}/{n}", "type": "JsonSchema"} for n in range(len(schemas))]
            more = {"@context": [V2, EXAMPLES], "credentialSchema": named, **members}
            return verify_credential(foreigner.secured(foreigner.credential(**more)), at=at)

    return judge


def schema_of(verification: Verification) -> tuple[Outcome, str]:
    return next((check.outcome, check.code) for check in verification.checks if check.name is CheckName.SCHEMA)


def test_a_schema_says_yes_and_no(judged: Judged) -> None:
    assert schema_of(judged({**DRAFT, "required": ["issuer"]})) == (Outcome.PASSED, "ok")
    violated = judged({**DRAFT, "required": ["wings"]})
    assert not violated.is_verified
    assert schema_of(violated) == (Outcome.FAILED, "schema_violated")


def test_one_out_of_reach_does_not_hide_one_that_is_violated(judged: Judged) -> None:
    for schemas in ([500, {**DRAFT, "required": ["wings"]}], [{**DRAFT, "required": ["wings"]}, 500]):
        verification = judged(*schemas)
        assert not verification.is_verified
        assert schema_of(verification) == (Outcome.FAILED, "schema_violated")


def test_an_expression_that_takes_years_is_not_run(judged: Judged) -> None:
    bomb = {"properties": {"description": {"pattern": "^(a+)+$"}}}
    with bounded(calls=50_000, mebibytes=16):
        verification = judged({**DRAFT, **bomb}, description="a" * 40 + "!")
    assert schema_of(verification)[0] is Outcome.UNKNOWN


@pytest.mark.parametrize("reference", ["$ref", "$dynamicRef"])
def test_what_a_schema_refers_to_is_not_asked_for(judged: Judged, inside: Web, reference: str) -> None:
    verification = judged({**DRAFT, reference: f"http://{inside.address}/schema"})
    assert schema_of(verification)[0] is Outcome.UNKNOWN
    assert inside.requests == []


def test_a_dialect_of_its_own_is_not_asked_for(judged: Judged, inside: Web) -> None:
    verification = judged({"$schema": f"http://{inside.address}/schema"})
    assert schema_of(verification)[0] is Outcome.UNKNOWN
    assert inside.requests == []


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {
            "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)} | {"d30": {}},
            "$ref": "#/$defs/d0",
        },
        {"allOf": [{}] * 9_000},
        {"allOf": [{"anyOf": [{"not": {"const": n}} for n in range(9)]} for _ in range(20)]},
    ],
    ids=["itself", "circle", "doubling", "empty parts", "wide"],
)
def test_a_schema_without_end_ends(judged: Judged, schema: dict[str, Any]) -> None:
    with bounded(calls=1_500_000, mebibytes=32):
        outcome, _ = schema_of(judged({**DRAFT, **schema}))
    assert outcome in (Outcome.UNKNOWN, Outcome.PASSED)


def test_comparing_everything_with_everything_ends(judged: Judged) -> None:
    many = [{"id": f"urn:x:{n}", "name": {"n": str(n)}} for n in range(400)]
    with bounded(calls=3_000_000, mebibytes=32):
        judged({**DRAFT, "properties": {"friends": {"uniqueItems": True}}}, friends=many)


def test_a_forged_credential_sends_us_nowhere(foreigner: Foreigner, inside: Web, settings: Any, at: datetime) -> None:
    settings.FETCH_ALLOW_ADDRESSES = [inside.address]
    named = {"id": f"http://{inside.address}/schema", "type": "JsonSchema"}
    forged = {**foreigner.secured(foreigner.credential(credentialSchema=named)), "name": "Other"}
    assert not verify_credential(forged, at=at).is_verified
    assert inside.requests == []
