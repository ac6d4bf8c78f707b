"""The schemas a credential names (VCDM 2.0 section 4.11), judged within bounds. No database here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from identity.credentials.checks import Check, CheckName, Outcome, failed, passed, unknown
from identity.credentials.json_schema import Fits, Unfit, evaluate
from identity.credentials.jwt_checks import Refused
from identity.primitives.canonical import parse_json
from identity.primitives.errors import AttornError

SCHEMAS_MAX = 4  # a credential follows one or two
_TYPE = "JsonSchema"
SCHEMA_TYPES = "application/schema+json, application/json;q=0.9, */*;q=0.5"

_WORST_FIRST = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.PASSED)

# What stands at an address, or why it cannot be known.
Body = Callable[[str], bytes | Refused]


def check_schemas(document: dict[str, Any], *, body: Body) -> Check | None:
    """The worst of the credential's schemas; None when it names none.

    A schema that cannot be read or decided is *unknown*: it is a promise about form, and its server must not be able to
    end everybody's credentials by falling silent.
    """
    named = document.get("credentialSchema")
    schemas = named if isinstance(named, list) else [named] if named else []
    if not schemas:
        return None
    if len(schemas) > SCHEMAS_MAX:
        return unknown(CheckName.SCHEMA, "schema_undecided", f"It names more than {SCHEMAS_MAX} schemas.")
    checks = [_check(schema, document, body) for schema in schemas]
    return min(checks, key=lambda check: _WORST_FIRST.index(check.outcome))


def _check(schema: Any, document: dict[str, Any], body: Body) -> Check:
    if not isinstance(schema, dict) or schema.get("type") != _TYPE or not isinstance(schema.get("id"), str):
        return unknown(CheckName.SCHEMA, "schema_undecided", f"Only schemas of the type {_TYPE} are judged here.")
    text = body(schema["id"])
    if isinstance(text, Refused):
        return unknown(CheckName.SCHEMA, "schema_unreachable", "Its schema cannot be read just now.")
    try:
        found = evaluate(parse_json(text), document)
    except AttornError:
        return unknown(CheckName.SCHEMA, "schema_undecided", "Its schema is not JSON.")
    if isinstance(found, Fits):
        return passed(CheckName.SCHEMA, "It follows the W3C data model and the schema that it names.")
    if isinstance(found, Unfit):
        return failed(CheckName.SCHEMA, "schema_violated", f"It does not follow the schema it names. {found.detail}")
    return unknown(CheckName.SCHEMA, "schema_undecided", found.detail)
