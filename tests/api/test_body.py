"""What may be sent: strict JSON, known members, the right types, at most 64 KiB."""

from __future__ import annotations

import json

import pytest

from identity.accounts.models import Organization
from tests.api.test_problems import problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"\xff", 400, "malformed_json"),
        (b'{"name": NaN}', 400, "malformed_json"),
        (b'{"name": "\\u0000"}', 400, "malformed_json"),
        (b'{"name": "\\ud800"}', 400, "malformed_json"),
        (b'{"name": "a", "name": "b"}', 400, "duplicate_key"),
        (b"[" * 33 + b"]" * 33, 400, "json_too_deep"),
        (b'"' + b"x" * 65_536 + b'"', 413, "body_too_large"),
        (b"[]", 422, "invalid_input"),
        (b"{}", 422, "invalid_input"),
    ],
)
def test_it_refuses_a_body_it_cannot_trust(program, acme, raw, status, code):
    problem(program.send("POST", "/v1/probes", raw=raw), status, code)
    assert list(Organization.objects.all()) == [acme]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": "x", "nmae": 1}, "nmae", "unknown_field"),
        ({"name": 1}, "name", "wrong_type"),
        ({"name": "x", "count": "1"}, "count", "wrong_type"),
        ({"name": "x", "count": True}, "count", "wrong_type"),
        ({"name": "x", "count": 1.0}, "count", "wrong_type"),
        ({"name": "x", "tags": ["a", 1]}, "tags", "wrong_type"),
        ({"name": "x", "tags": ["a", "much too long"]}, "tags.1", "max_length"),
        ({"name": "x" * 41}, "name", "max_length"),
        ({"count": 1}, "name", "required"),
        ({"name": None}, "name", "null"),
    ],
)
def test_it_names_the_member_it_refuses(program, acme, body, field, code):
    document = problem(program.post("/v1/probes", body), 422, "invalid_input")
    assert [(error["field"], error["code"]) for error in document["errors"]] == [(field, code)]
    assert list(Organization.objects.all()) == [acme]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_it_refuses_another_media_type(program, content_type):
    response = program.send("POST", "/v1/probes", raw=b"name=x", content_type=content_type)
    problem(response, 415, "unsupported_media_type")


def test_it_does_not_read_a_body_of_unknown_length(program):
    response = program.client.generic(
        "POST",
        "/v1/probes",
        b"",
        content_type="application/json",
        headers={"Authorization": f"Bearer {program.token}", "Transfer-Encoding": "chunked"},
    )
    problem(response, 411, "length_required")


def test_it_takes_a_body_of_exactly_the_limit(program):
    start = json.dumps({"name": "x"}).encode()
    raw = start + b" " * (65_536 - len(start))
    assert program.send("POST", "/v1/probes", raw=raw).status_code == 201
