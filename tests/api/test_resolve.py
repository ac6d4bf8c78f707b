"""Resolution over HTTP: bytes, headers, conditions, batches and bad questions."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from identity.agents.models import Agent
from identity.primitives.did import did_key
from tests.resolution.conftest import listed as listed

pytestmark = pytest.mark.django_db

PATH = "/v1/resolve/concierge.acme"


def _post(body: bytes, **headers):
    return Client().post("/v1/resolve", body, content_type="application/json", **headers)


def _batch(queries: list[str]):
    return _post(json.dumps({"queries": queries}).encode())


def test_it_may_be_kept_by_any_cache_and_read_from_any_page(listed):
    response = Client().get(PATH, headers={"Origin": "https://shop.example", "Accept-Language": "de", "Cookie": "a=b"})

    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "public, max-age=60"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["ETag"].startswith('"')
    for name in ("Vary", "Content-Language", "Set-Cookie", "RateLimit"):
        assert name not in response


@pytest.mark.parametrize("accept", ["application/json", "text/html", "application/did+json", "image/png", ""])
def test_it_is_the_same_whatever_is_accepted(listed, accept):
    assert Client().get(PATH, headers={"Accept": accept}).content == Client().get(PATH).content


def test_it_spares_the_body_of_what_the_client_has(listed):
    etag = Client().get(PATH)["ETag"]

    response = Client().get(PATH, headers={"If-None-Match": etag})

    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == etag
    assert "Content-Type" not in response


def test_it_sends_the_body_again_after_a_change(listed):
    etag = Client().get(PATH)["ETag"]
    Agent.objects.filter(pk=listed.agent.pk).update(display_name="Renamed")

    response = Client().get(PATH, headers={"If-None-Match": etag})

    assert response.status_code == 200
    assert response.json()["identity"]["display_name"] == "Renamed"


def test_a_head_has_the_headers_of_a_get(listed):
    get, head = Client().get(PATH), Client().head(PATH)

    assert head.content == b""
    for name in ("ETag", "Cache-Control", "Content-Length", "Content-Type"):
        assert head[name] == get[name]


@pytest.mark.parametrize(
    "query",
    [
        "a",
        "a..b",
        "a b",
        "-a.acme",
        "concierge.acme/",
        "x" * 2_000,
        "did:",
        "did:web:",
        "did:key:z6MkNotAKey",
        "%00.acme",
        "%FF%FE",
        "cоncierge.acme",
        "..%2F..%2Fetc",
        "concierge.acme%0d%0aX:1",
    ],
)
def test_a_malformed_question_is_a_problem_document(listed, query):
    response = Client().get(f"/v1/resolve/{query}")

    assert response.status_code in (400, 404), response.content
    assert response["Content-Type"] == "application/problem+json"
    if response.status_code == 400:
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response.json()["code"] == "query_malformed"


def test_a_batch_has_the_bytes_of_the_single_answers_in_order(listed):
    queries = ["concierge.acme", "nobody.acme", "CONCIERGE.acme", "not a name", listed.agent.did, "concierge.acme"]

    response = _batch(queries)

    assert response.status_code == 200
    answers = response.json()["answers"]
    assert [entry["query"] for entry in answers] == queries
    assert [entry["status"] for entry in answers] == [200, 404, 200, 400, 200, 200]
    single = Client().get(PATH)
    assert answers[0]["answer"] == single.json()
    assert response.content.count(single.content) == 3
    assert answers[3]["answer"] is None
    assert answers[3]["problem"]["code"] == "query_malformed"
    assert answers[4]["answer"]["query"] == listed.agent.did


def test_a_batch_of_a_hundred_is_answered(listed):
    answers = _batch([f"name-{number}.acme" for number in range(99)] + ["concierge.acme"]).json()["answers"]

    assert [entry["status"] for entry in answers] == [404] * 99 + [200]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (json.dumps({"queries": ["a.acme"] * 101}).encode(), 422, "invalid_input"),
        (b'{"queries": []}', 422, "invalid_input"),
        (b'{"queries": "concierge.acme"}', 422, "invalid_input"),
        (b'{"queries": [1]}', 422, "invalid_input"),
        (b'{"queries": [null]}', 422, "invalid_input"),
        (b'{"queries": [["a.acme"]]}', 422, "invalid_input"),
        (b'{"queries": ["a.acme"], "more": 1}', 422, "invalid_input"),
        (b"{}", 422, "invalid_input"),
        (b"[]", 422, "invalid_input"),
        (b"", 422, "invalid_input"),
        (b"{", 400, "malformed_json"),
        (b'{"queries": ["\xff"]}', 400, "malformed_json"),
        (b'{"queries": ["\\ud800"]}', 400, "malformed_json"),
        (b'{"queries": ["a.acme"], "queries": ["b.acme"]}', 400, "duplicate_key"),
        (b"[" * 40 + b"]" * 40, 400, "json_too_deep"),
        (b'{"queries": ["' + b"a" * 70_000 + b'"]}', 413, "body_too_large"),
        (json.dumps({"queries": ["a" * 1_025]}).encode(), 422, "invalid_input"),
    ],
)
def test_a_bad_batch_is_one_clear_problem(listed, body, status, code):
    response = _post(body)

    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code


def test_other_methods_are_not_for_questions(listed):
    assert Client().delete(PATH).status_code == 405
    assert Client().put("/v1/resolve", b"{}", content_type="application/json").status_code == 405
    assert Client().get("/v1/resolve").status_code == 405


def test_a_bad_credential_does_not_matter_to_a_public_question(listed):
    response = Client().get(PATH, headers={"Authorization": "Bearer atn_stolen_nonsense"})

    assert response.content == Client().get(PATH).content


def _json(response) -> dict:
    """The test client reads application/json only."""
    return json.loads(response.content)


def test_a_did_is_resolved_to_its_document(listed):
    response = Client().get(f"/1.0/identifiers/{listed.agent.did}")

    assert response["Content-Type"] == "application/did-resolution"
    result = _json(response)
    assert result["didDocument"]["id"] == listed.agent.did
    assert result["didResolutionMetadata"] == {"contentType": "application/did"}
    assert result["didDocumentMetadata"]["versionId"].isdigit()
    (service,) = result["didDocument"]["service"]
    assert service["serviceEndpoint"] == "https://acme.example/card.json"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/did+json", "application/did+json"),
        ("application/did+ld+json", "application/did+ld+json"),
        ("application/did", "application/did"),
        ("*/*", "application/did-resolution"),
        ("application/json", "application/did-resolution"),
        ("application/did+json;q=0.5, application/did-resolution", "application/did-resolution"),
        ('application/ld+json;profile="https://w3id.org/did-resolution"', "application/did-resolution"),
    ],
)
def test_the_document_comes_in_the_form_that_is_accepted(listed, accept, content_type):
    response = Client().get(f"/1.0/identifiers/{listed.agent.did}", headers={"Accept": accept})

    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert response["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("did", "status", "error"),
    [
        ("did:web:localhost:8000:agents:agt_nobody", 404, "NOT_FOUND"),
        ("did:web:elsewhere.example", 404, "NOT_FOUND"),
        ("did:ion:abc", 501, "METHOD_NOT_SUPPORTED"),
        ("concierge.acme", 400, "INVALID_DID"),
        ("did:key:zNonsense", 400, "INVALID_DID"),
    ],
)
def test_a_did_that_has_no_document_says_why(listed, did, status, error):
    response = Client().get(f"/1.0/identifiers/{did}")

    assert response.status_code == status
    assert _json(response)["didDocument"] is None
    assert _json(response)["didResolutionMetadata"]["error"]["type"] == f"https://www.w3.org/ns/did#{error}"


def test_a_media_type_nobody_has_is_not_acceptable(listed):
    response = Client().get(f"/1.0/identifiers/{listed.agent.did}", headers={"Accept": "image/png"})

    assert response.status_code == 406


def test_a_did_key_names_the_agent_that_holds_it(listed):
    did = did_key(listed.private_key.public_key)

    document = _json(Client().get(f"/1.0/identifiers/{did}"))["didDocument"]

    assert document["id"] == did
    assert document["alsoKnownAs"] == [listed.agent.did]


def test_the_did_web_documents_lie_where_the_method_looks(listed):
    agent = Client().get(f"/agents/{listed.agent.pk}/did.json")
    registry = Client().get("/.well-known/did.json")

    assert _json(agent)["id"] == listed.agent.did
    assert _json(registry)["id"] == "did:web:localhost%3A8000"
    for response in (agent, registry):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "public, max-age=" in response["Cache-Control"]
        assert (
            Client().get(response.request["PATH_INFO"], headers={"If-None-Match": response["ETag"]}).status_code == 304
        )
    assert Client().get("/agents/agt_nobody/did.json").status_code == 404


def test_a_deactivated_agents_document_is_gone_and_says_so(listed):
    Agent.objects.filter(pk=listed.agent.pk).update(status="deactivated")

    response = Client().get(f"/1.0/identifiers/{listed.agent.did}")

    assert response.status_code == 410
    assert _json(response)["didDocumentMetadata"]["deactivated"] is True
    assert "verificationMethod" not in _json(response)["didDocument"]
