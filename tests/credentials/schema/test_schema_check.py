"""The schemas a credential names: read by the guarded fetcher's leave, and never the end of a credential by silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from identity.credentials.checks import Outcome, VerifyOptions, is_acceptable
from identity.credentials.jwt_checks import Refused
from identity.credentials.schema_check import check_schemas

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA = {"$schema": DRAFT, "properties": {"credentialSubject": {"required": ["name"]}}}
NAMED = {"id": "https://issuer.example/schema.json", "type": "JsonSchema"}


def at_address(url: str) -> bytes | Refused:
    if url == NAMED["id"]:
        return json.dumps(SCHEMA).encode()
    return Refused("status_list_unreachable", "It does not answer.", is_unknown=True)


def document(schemas: Any, **subject: str) -> dict[str, Any]:
    return {"credentialSchema": schemas, "credentialSubject": subject}


def test_a_credential_without_a_schema_has_no_verdict_on_one() -> None:
    assert check_schemas({"credentialSubject": {}}, body=at_address) is None


def test_it_passes_or_fails_by_the_schema() -> None:
    good = check_schemas(document(NAMED, name="Concierge"), body=at_address)
    bad = check_schemas(document([NAMED]), body=at_address)
    assert good is not None
    assert bad is not None
    assert (good.outcome, bad.outcome, bad.code) == (Outcome.PASSED, Outcome.FAILED, "schema_violated")


@pytest.mark.parametrize(
    ("schemas", "code"),
    [
        ({"id": "https://silent.example/schema.json", "type": "JsonSchema"}, "schema_unreachable"),
        ({"id": "https://issuer.example/schema.json", "type": "JsonSchemaCredential"}, "schema_undecided"),
        ([NAMED] * 5, "schema_undecided"),
        ([NAMED, {"id": "https://silent.example/", "type": "JsonSchema"}], "schema_unreachable"),
    ],
)
def test_what_stays_unknown_ends_nobodys_credential(schemas: Any, code: str) -> None:
    check = check_schemas(document(schemas, name="Concierge"), body=at_address)
    assert check is not None
    assert (check.outcome, check.code) == (Outcome.UNKNOWN, code)
    assert is_acceptable((check,), VerifyOptions())
