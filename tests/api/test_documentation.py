"""``/openapi.json`` and ``/docs/``: complete, valid, and from nowhere but here."""

from __future__ import annotations

import json
import re
from functools import cache

import jsonschema_rs
import pytest
from django.contrib.staticfiles import finders
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from registry.api.catalogue import CATALOGUE
from registry.api.documentation import openapi_document

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "patch", "delete")


@cache
def document():
    with GENERATOR_STATS.silence():
        return json.loads(json.dumps(openapi_document(), default=str))


def operations():
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_it_is_served_as_openapi_3_1_to_any_origin(client):
    response = client.get("/openapi.json", headers={"Origin": "https://elsewhere.example"})
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.json()["openapi"] == "3.1.0"


def test_it_is_valid():
    validate_schema(document())


def test_it_is_made_without_a_warning():
    GENERATOR_STATS.reset()
    openapi_document()
    assert not GENERATOR_STATS


def test_it_names_and_tags_every_operation_once():
    ids = [operation["operationId"] for _, operation in operations()]
    assert len(set(ids)) == len(ids)
    assert all(operation.get("summary") and operation["tags"] for _, operation in operations())


def test_it_explains_every_tag():
    used = {tag for _, operation in operations() for tag in operation["tags"]}
    assert used == {tag["name"] for tag in document()["tags"]}


def test_it_describes_the_errors_that_every_operation_may_answer():
    for name, operation in operations():
        assert {"400", "406", "429", "500", "503"} <= set(operation["responses"]), name


def test_it_gives_each_error_the_problem_schema_and_an_example_a_code():
    for name, operation in operations():
        for status, response in operation["responses"].items():
            media = response.get("content", {}).get("application/problem+json")
            if media is None:
                continue
            assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
            for code, example in media["examples"].items():
                assert (str(CATALOGUE[code].status), example["value"]["code"]) == (status, code), name


def test_its_examples_are_valid_problem_documents():
    problem = jsonschema_rs.validator_for(document()["components"]["schemas"]["Problem"])
    for _, operation in operations():
        for response in operation["responses"].values():
            for example in response.get("content", {}).get("application/problem+json", {}).get("examples", {}).values():
                problem.validate(example["value"])


READING_POSTS = {
    "POST /v1/resolve",
    "POST /v1/verify",
    "POST /v1/verify/presentation",
    "POST /credentials/verify",
    "POST /presentations/verify",
}


def test_it_offers_the_idempotency_key_where_something_may_change():
    for name, operation in operations():
        offered = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
        changes = not name.startswith("GET") and name not in READING_POSTS
        assert offered == changes, name


def test_it_demands_the_idempotency_key_where_the_ledger_does():
    doors = {
        name
        for name, operation in operations()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "Idempotency-Key" and parameter["required"]
    }
    assert doors == {
        "POST /v1/authorizations",
        *(
            f"POST /v1/authorizations/{{authorization_id}}/{step}"
            for step in ("captures", "force-posts", "increments", "refunds")
        ),
    }


def test_every_list_goes_on_at_a_cursor():
    for name, operation in operations():
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        reference = schema.get("$ref", "").rpartition("/")[2]
        properties = document()["components"]["schemas"].get(reference, {}).get("properties", {})
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("next_cursor" in properties) == ("cursor" in names), name


def test_it_names_both_credentials():
    schemes = document()["components"]["securitySchemes"]
    assert {(scheme["type"], scheme["scheme"]) for scheme in schemes.values()} == {
        ("http", "bearer"),
        ("http", "signature"),
    }


def test_it_asks_for_a_credential_exactly_where_one_is_needed():
    security = {name: operation.get("security", [{}]) for name, operation in operations()}
    assert {} in security["GET /v1/resolve/{query}"]
    assert security["GET /v1/caller"] == [{"serviceKey": []}, {"httpSignature": []}]


def test_the_docs_page_takes_everything_from_this_origin(client):
    response = client.get("/docs/")
    page = response.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(source.startswith(("/", "#")) for source in sources), sources
    for source in sources:
        if source.startswith("/static/"):
            assert finders.find(source.removeprefix("/static/")), source
    assert "<script>" not in page
    assert "onclick" not in page


def test_the_docs_page_relaxes_only_icons(client):
    policy = client.get("/docs/").headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert (directives["default-src"], directives["script-src"]) == ("'self'", "'self'")
    assert directives["img-src"] == "'self' data:"
    assert "unsafe" not in policy


def test_it_says_which_scope_an_operation_needs_and_nothing_of_the_frame():
    descriptions = {name: operation.get("description", "") for name, operation in operations()}
    assert "Needs the scope `agents_write`." in descriptions["POST /v1/agents"]
    assert not any("fail closed" in text for text in descriptions.values())
