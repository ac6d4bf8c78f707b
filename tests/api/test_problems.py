"""Every refusal is a problem document (RFC 9457) with a stable code and a page of its own."""

from __future__ import annotations

import json

import pytest

from registry.api.catalogue import CATALOGUE

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]


def problem(response, status: int, code: str) -> dict:
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json"), (
        response.content
    )
    document = json.loads(response.content)
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"http://localhost:8000/problems/{code}"
    assert document["title"]
    assert document["detail"]
    return document


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/agents/x/y/z/w", "/1.0/nothing"])
def test_it_answers_an_unknown_path_with_a_document(nobody, method, path):
    problem(nobody.send(method, path), 404, "not_found")


def test_it_answers_a_method_that_is_not_there_with_allow(nobody):
    response = nobody.send("PATCH", "/v1/probes")
    problem(response, 405, "method_not_allowed")
    assert {"GET", "POST", "PUT"} <= set(response.headers["Allow"].split(", "))


def test_it_answers_options_with_the_methods_and_nothing_else(nobody):
    response = nobody.send("OPTIONS", "/v1/probes")
    assert (response.status_code, response.content) == (204, b"")
    assert "POST" in response.headers["Allow"]


def test_it_refuses_to_answer_in_another_media_type(nobody):
    problem(nobody.get("/v1/probes", Accept="text/html"), 406, "not_acceptable")


def test_it_says_which_credential_it_wants(nobody):
    response = nobody.post("/v1/probes", {"name": "x"})
    problem(response, 401, "authentication_required")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_it_names_the_field_of_a_refusal_by_a_rule(program):
    document = problem(program.post("/v1/probes", {"name": "taken"}), 409, "conflict")
    assert document["errors"] == [{"field": "name", "detail": "It is taken.", "code": "conflict"}]


def test_it_answers_a_fault_without_detail(program):
    response = program.post("/v1/probes", {"name": "broken"})
    problem(response, 500, "internal_error")
    assert b"secret detail" not in response.content


def test_it_answers_a_fault_outside_the_resources_in_the_same_form(nobody):
    problem(nobody.client.get("/v1/probes", headers={"Host": "evil.example"}), 400, "malformed_request")


@pytest.mark.parametrize("path", ["/v1/x%00y", "/v1/probes%00"])
def test_it_refuses_nul_in_a_path(nobody, path):
    problem(nobody.get(path), 404, "not_found")


def test_it_refuses_nul_in_a_query(nobody):
    problem(nobody.get("/v1/probes?cursor=%00"), 400, "malformed_request")


def test_it_has_a_page_for_every_code(client):
    for code, entry in CATALOGUE.items():
        page = client.get(f"/problems/{code}")
        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
        document = client.get(f"/problems/{code}", headers={"Accept": "application/json"}).json()
        assert (document["code"], document["status"], document["title"]) == (code, entry.status, entry.title)


def test_it_lists_the_codes(client):
    assert set(CATALOGUE) == {
        entry["code"] for entry in client.get("/problems/", headers={"Accept": "application/json"}).json()["problems"]
    }
    assert client.get("/problems/").status_code == 200


def test_it_says_when_there_is_no_such_code(client):
    assert client.get("/problems/nonsense").status_code == 404
    problem(client.get("/problems/nonsense", headers={"Accept": "application/json"}), 404, "not_found")
