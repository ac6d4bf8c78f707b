"""``/v1/agents/<id>/keys``: add, rotate, revoke; by a service key or by the agent itself."""

from __future__ import annotations

import pytest

from identity.primitives.multikey import PrivateKey

from .agent_calls import proof, registered
from .test_agents import refused


@pytest.fixture
def agent(program):
    return registered(program)


def states(answer):
    return {key["fragment"]: key["state"] for key in answer.json()["keys"]}


def test_it_adds_rotates_and_revokes(program, agent):
    path = f"/v1/agents/{agent['id']}/keys"
    added = program.post(path, proof(program, PrivateKey.generate(), "key", agent["id"]))
    assert (added.status_code, states(added)) == (201, {"key-1": "valid", "key-2": "valid"})
    signed = proof(program, PrivateKey.generate(), "key", agent["id"])
    rotated = program.post(f"{path}/rotate", {**signed, "retire": "key-1", "overlap_seconds": 0})
    assert (rotated.status_code, states(rotated)) == (201, {"key-1": "retired", "key-2": "valid", "key-3": "valid"})
    revoked = program.post(f"{path}/key-2/revoke", {"reason": "superseded"})
    assert (revoked.status_code, states(revoked)["key-2"]) == (200, "revoked")
    refused(program.post(f"{path}/key-3/revoke", {"reason": "superseded"}), 409, "last_key")
    bare = program.post(f"{path}/key-3/revoke", {"reason": "compromised"})
    assert bare.json()["has_valid_key"] is False


def test_it_keeps_the_old_key_for_a_day_unless_told_otherwise(program, agent):
    signed = proof(program, PrivateKey.generate(), "key", agent["id"])
    rotated = program.post(f"/v1/agents/{agent['id']}/keys/rotate", {**signed, "retire": "key-1"})
    assert states(rotated) == {"key-1": "retiring", "key-2": "valid"}
    refused(
        program.post(
            f"/v1/agents/{agent['id']}/keys/rotate",
            {**proof(program, PrivateKey.generate(), "key", agent["id"]), "retire": "key-9"},
        ),
        404,
        "key_not_found",
    )


@pytest.mark.parametrize("overlap_seconds", [-1, 2_592_001, "60", 1.5, None])
def test_it_refuses_an_overlap_that_makes_no_sense(program, agent, overlap_seconds):
    signed = proof(program, PrivateKey.generate(), "key", agent["id"])
    body = {**signed, "retire": "key-1", "overlap_seconds": overlap_seconds}
    refused(program.post(f"/v1/agents/{agent['id']}/keys/rotate", body), 422, "invalid_input")


def test_it_refuses_a_reason_that_is_none(program, agent):
    answer = program.post(f"/v1/agents/{agent['id']}/keys/key-1/revoke", {"reason": "because"})
    refused(answer, 422, "invalid_input")


def test_it_needs_the_scope_for_keys(reader, agent):
    body = {"purpose": "key", "public_key": PrivateKey.generate().public_key.multikey, "agent": agent["id"]}
    refused(reader.post("/v1/agents/challenges", body), 403, "scope_missing")
    rotation = {"challenge": "x", "signature": "A" * 86, "retire": "key-1"}
    refused(reader.post(f"/v1/agents/{agent['id']}/keys/rotate", rotation), 403, "scope_missing")
