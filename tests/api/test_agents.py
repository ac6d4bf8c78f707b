"""``/v1/agents``: challenge, register, look, change."""

from __future__ import annotations

import base64
import json

import pytest

from identity.agents.models import Agent, Challenge
from identity.journal.models import Event
from identity.primitives.multikey import AGENT_KEY_ALGORITHMS, PrivateKey

from .agent_calls import proof, registered


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("algorithm", AGENT_KEY_ALGORITHMS)
@pytest.mark.parametrize("form", ["multikey", "jwk", "pem"])
def test_it_registers_an_agent_whatever_form_its_key_comes_in(program, algorithm, form):
    key = PrivateKey.generate(algorithm)
    public_key = {"multikey": key.public_key.multikey, "jwk": key.public_key.jwk(), "pem": key.public_key.to_pem()}[
        form
    ]
    challenge = program.post("/v1/agents/challenges", {"purpose": "register", "public_key": public_key}).json()
    assert challenge["document"]["public_key"] == key.public_key.multikey
    assert json.loads(challenge["signing_input"]) == challenge["document"]
    signature = key.sign(challenge["signing_input"].encode())
    body = {
        "challenge": challenge["id"],
        "signature": base64.b64encode(signature).decode(),
        "display_name": "Concierge",
        "description": "Books trips.",
        "capabilities": ["book-flights"],
        "homepage": "https://acme.example/concierge",
    }
    answer = program.post("/v1/agents", body)
    assert answer.status_code == 201
    agent = answer.json()
    assert answer.headers["Location"] == f"/v1/agents/{agent['id']}"
    assert (agent["status"], agent["has_valid_key"], agent["names"]) == ("active", True, [])
    assert agent["keys"][0]["verification_method"] == f"{agent['did']}#key-1"
    assert agent["keys"][0]["state"] == "valid"
    assert agent["created_at"].endswith("Z")
    assert len(agent["created_at"]) == len("2026-01-01T00:00:00Z")


def test_it_registers_the_name_in_the_same_step_or_nothing_at_all(program, acme, at):
    from identity.journal.actor import system
    from registry.directory.models import Name
    from registry.directory.zones import create_zone

    create_zone(organization=acme, label="acme", actor=system("tests"), at=at)
    assert registered(program, name="concierge.acme")["names"] == ["concierge.acme"]
    signed = proof(program, PrivateKey.generate())
    refused(program.post("/v1/agents", {**signed, "display_name": "B", "name": "concierge.acme"}), 409, "name_taken")
    refused(program.post("/v1/agents", {**signed, "display_name": "B", "name": "b.other"}), 403, "zone_not_yours")
    assert Agent.objects.count() == Name.objects.count() == 1
    assert program.post("/v1/agents", {**signed, "display_name": "B", "name": "b.acme"}).status_code == 201


def test_it_refuses_a_replayed_challenge(program):
    signed = proof(program, PrivateKey.generate())
    assert program.post("/v1/agents", {**signed, "display_name": "A"}).status_code == 201
    refused(program.post("/v1/agents", {**signed, "display_name": "B"}), 409, "challenge_already_used")


def test_it_gives_the_same_answer_again_for_the_same_idempotency_key(program):
    body = {**proof(program, PrivateKey.generate()), "display_name": "A"}
    first = program.post("/v1/agents", body, Idempotency_Key="one")
    again = program.post("/v1/agents", body, Idempotency_Key="one")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Agent.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"signature": "A" * 86}, 422, "signature_invalid"),
        ({"signature": "AAAA"}, 422, "malformed_signature"),
        ({"signature": "*"}, 422, "malformed_signature"),
        ({"signature": ""}, 422, "malformed_signature"),
        ({"signature": 5}, 422, "malformed_signature"),
        ({"challenge": "chl_00000000000000000000000000"}, 404, "challenge_not_found"),
        ({"display_name": "a\u202eb"}, 422, "display_name_invalid"),
        ({"display_name": ""}, 422, "invalid_input"),
        ({"capabilities": ["Not A Slug"]}, 422, "capabilities_invalid"),
        ({"homepage": "javascript:alert(1)"}, 422, "homepage_invalid"),
        ({"naem": "typo"}, 422, "invalid_input"),
    ],
)
def test_it_says_what_is_wrong_and_changes_nothing(program, change, status, code):
    body = {**proof(program, PrivateKey.generate()), "display_name": "A", **change}
    before = Event.objects.count()
    refused(program.post("/v1/agents", body), status, code)
    assert Agent.objects.count() == 0
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("public_key", "code"),
    [
        ("nonsense", "malformed_key"),
        (7, "malformed_key"),
        ([], "malformed_key"),
        ({}, "unsupported_key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "malformed_key"),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "unsupported_key"),
    ],
)
def test_it_refuses_keys_it_cannot_take(program, public_key, code):
    refused(program.post("/v1/agents/challenges", {"purpose": "register", "public_key": public_key}), 422, code)
    assert Challenge.objects.count() == 0


def test_it_refuses_a_key_that_was_ever_registered(program):
    key = PrivateKey.generate()
    program.post("/v1/agents", {**proof(program, key), "display_name": "A"})
    body = {"purpose": "register", "public_key": key.public_key.multikey}
    refused(program.post("/v1/agents/challenges", body), 409, "key_already_registered")


def test_it_lists_the_agents_of_its_organization_page_by_page(program, stranger):
    registered(stranger)
    ids = [registered(program)["id"] for _ in range(3)]
    program.post(f"/v1/agents/{ids[0]}/suspend", {"reason": "maintenance"})
    first = program.get("/v1/agents?limit=2").json()
    rest = program.get(f"/v1/agents?limit=2&cursor={first['next_cursor']}").json()
    assert [agent["id"] for agent in first["items"] + rest["items"]] == ids
    assert rest["next_cursor"] is None
    assert [agent["id"] for agent in program.get("/v1/agents?status=suspended").json()["items"]] == ids[:1]
    refused(program.get("/v1/agents?status=lost"), 422, "invalid_input")
    refused(program.get("/v1/agents?state=active"), 422, "invalid_input")


def test_it_changes_only_what_is_sent(program):
    agent = registered(program, description="Books trips.", capabilities=["book"])
    answer = program.send("PATCH", f"/v1/agents/{agent['id']}", {"display_name": "Butler", "homepage": ""})
    assert answer.status_code == 200
    assert (answer.json()["display_name"], answer.json()["description"]) == ("Butler", "Books trips.")


def test_it_hides_agents_from_strangers_in_every_way(program, stranger):
    agent = registered(program)["id"]
    calls = [
        ("GET", "", None),
        ("PATCH", "", {"display_name": "Mine"}),
        ("POST", "/suspend", {"reason": "unspecified"}),
        ("POST", "/reinstate", {}),
        ("POST", "/deactivate", {"reason": "unspecified"}),
        ("POST", "/keys", {"challenge": "x", "signature": "A" * 86}),
        ("POST", "/keys/rotate", {"challenge": "x", "signature": "A" * 86, "retire": "key-1"}),
        ("POST", "/keys/key-1/revoke", {"reason": "compromised"}),
        ("POST", "/claim", {"challenge": "x", "signature": "A" * 86}),
    ]
    for method, rest, body in calls:
        mine, none = (stranger.send(method, f"/v1/agents/{id}{rest}", body) for id in (agent, "agt_" + "0" * 26))
        refused(mine, 404, "not_found")
        assert mine.json()["detail"] == none.json()["detail"]


@pytest.mark.parametrize("path", ["", "/challenges"])
def test_it_needs_the_scope(reader, path):
    body = {"purpose": "register", "public_key": PrivateKey.generate().public_key.multikey}
    refused(reader.post(f"/v1/agents{path}", body), 403, "scope_missing")


def test_it_needs_a_credential(nobody):
    refused(nobody.get("/v1/agents"), 401, "authentication_required")
