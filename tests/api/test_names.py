"""Zones, names, records and transfers over HTTP."""

from __future__ import annotations

import pytest

from registry.directory.models import Name

pytestmark = pytest.mark.django_db


@pytest.fixture
def registered(program):
    """``concierge.acme``, registered by Alice's program."""
    assert program.post("/v1/zones", {"label": "acme"}).status_code == 201
    answer = program.post("/v1/names", {"name": "concierge.acme"})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_it_registers_a_name_in_a_zone(program, registered):
    assert registered["name"] == "concierge.acme"
    assert registered["full_form"] == "concierge.acme.attorn.test"
    assert registered["statuses"] == ["ok"]
    assert program.get("/v1/names/CONCIERGE.acme.attorn.test.").json() == registered
    assert [item["name"] for item in program.get("/v1/names").json()["items"]] == ["concierge.acme"]
    assert program.get("/v1/zones").json()["items"][0]["full_form"] == "acme.attorn.test"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "c0ncierge.acme"}, 409, "name_confusable"),
        ({"name": "concierge.acme"}, 409, "name_taken"),
        ({"name": "admin.acme"}, 422, "name_reserved"),
        ({"name": "a..acme"}, 422, "name_invalid"),
        ({"name": "bot.globex"}, 403, "zone_not_yours"),
        ({"name": "bot.acme", "ttl_seconds": 5}, 422, "invalid_input"),
        ({"name": "bot.acme", "agent": "agt_nobody"}, 404, "not_found"),
        ({"name": "bot.acme", "colour": "red"}, 422, "invalid_input"),
    ],
)
def test_it_says_why_a_name_is_refused(program, registered, body, status, code):
    answer = program.post("/v1/names", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Name.objects.count() == 1


def test_it_replaces_records(program, registered):
    records = [
        {"type": "MCP", "value": "https://mcp.acme.example/sse", "ttl_seconds": 60},
        {"type": "PACKAGE", "value": "pkg:npm/%40acme/concierge@1.2.0"},
    ]
    answer = program.send("PUT", "/v1/names/concierge.acme/records", {"records": records})
    assert answer.status_code == 200, answer.content
    assert answer.json()["records"][0] == records[0]
    assert program.get("/v1/names/concierge.acme").json()["records"] == answer.json()["records"]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"type": "MCP", "value": "http://mcp.acme.example/"}, "records.0.value"),
        ({"type": "MCP", "value": "https://127.0.0.1/"}, "records.0.value"),
        ({"type": "MCP", "value": "https://169.254.169.254/latest"}, "records.0.value"),
        ({"type": "HTTPS", "value": "https://[::ffff:10.0.0.1]/"}, "records.0.value"),
        ({"type": "HTTPS", "value": "https://localhost/"}, "records.0.value"),
        ({"type": "HTTPS", "value": "https://2130706433/"}, "records.0.value"),
        ({"type": "PACKAGE", "value": "left-pad"}, "records.0.value"),
        ({"type": "A2A", "value": "https://user:secret@acme.example/"}, "records.0.value"),
    ],
)
def test_it_refuses_a_record_and_says_which(program, registered, record, field):
    answer = program.send("PUT", "/v1/names/concierge.acme/records", {"records": [record]})
    assert (answer.status_code, answer.json()["code"]) == (422, "record_invalid")
    assert answer.json()["errors"][0]["field"] == field


def test_it_renews_holds_and_releases(program, registered):
    renewed = program.post("/v1/names/concierge.acme/renew", {"years": 2}).json()
    assert int(renewed["expires_at"][:4]) == int(registered["expires_at"][:4]) + 2
    assert program.post("/v1/names/concierge.acme/hold", {}).json()["statuses"] == ["clientHold"]
    assert program.post("/v1/names/concierge.acme/unhold", {}).json()["statuses"] == ["ok"]
    locked = program.send("PUT", "/v1/names/concierge.acme/statuses/clientUpdateProhibited", {})
    assert locked.json()["statuses"] == ["clientUpdateProhibited"]
    assert program.send("PATCH", "/v1/names/concierge.acme", {"ttl_seconds": 60}).status_code == 409
    assert program.send("PUT", "/v1/names/concierge.acme/statuses/serverHold", {}).status_code == 422
    assert program.send("DELETE", "/v1/names/concierge.acme/statuses/clientUpdateProhibited").status_code == 200
    assert program.send("PATCH", "/v1/names/concierge.acme", {"ttl_seconds": 60}).json()["ttl_seconds"] == 60
    assert program.send("DELETE", "/v1/names/concierge.acme").status_code == 204
    assert program.get("/v1/names/concierge.acme").status_code == 404


def test_it_moves_a_name_to_another_organization(program, stranger, registered):
    to = stranger.key.organization_id
    offered = program.post("/v1/names/concierge.acme/transfer", {"to": to})
    assert offered.status_code == 201, offered.content
    transfer, code = offered.json()["id"], offered.json()["code"]
    assert program.get("/v1/names/concierge.acme").json()["statuses"] == ["pendingTransfer"]
    assert stranger.get("/v1/transfers").json()["items"][0]["id"] == transfer
    assert stranger.post(f"/v1/transfers/{transfer}/accept", {"code": "guess"}).status_code == 403
    taken = stranger.post(f"/v1/transfers/{transfer}/accept", {"code": code})
    assert (taken.status_code, taken.json()["agent"], taken.json()["records"]) == (200, None, [])
    assert program.get("/v1/names/concierge.acme").status_code == 404
    assert stranger.get("/v1/names/concierge.acme").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/names/concierge.acme", None),
        ("PATCH", "/v1/names/concierge.acme", {"ttl_seconds": 60}),
        ("DELETE", "/v1/names/concierge.acme", None),
        ("PUT", "/v1/names/concierge.acme/records", {"records": []}),
        ("POST", "/v1/names/concierge.acme/renew", {}),
        ("POST", "/v1/names/concierge.acme/hold", {}),
        ("POST", "/v1/names/concierge.acme/transfer", {"to": "org_x"}),
        ("GET", "/v1/zones/acme", None),
    ],
)
def test_it_shows_a_stranger_nothing(stranger, registered, method, path, body):
    answer = stranger.send(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_it_lets_a_reader_read_only(reader, registered):
    assert reader.get("/v1/names/concierge.acme").status_code == 200
    assert reader.post("/v1/names", {"name": "other.acme"}).json()["code"] == "scope_missing"
