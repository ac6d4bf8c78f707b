"""The DID document a verifier reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents.did_document import Service, did_document
from identity.agents.keys import RevocationReason, revoke_key, rotate_key
from identity.agents.lifecycle import DeactivationReason, deactivate
from identity.primitives.clock import rfc3339
from identity.primitives.multikey import KeyAlgorithm, PrivateKey


@pytest.fixture
def second_key(acme, agent, prove, by_alice, at):
    key = PrivateKey.generate(KeyAlgorithm.P256)
    proof = prove(acme, key, "key", agent)
    rotate_key(agent=agent, **proof, retire_fragment="key-1", overlap_seconds=3600, actor=by_alice, at=at)
    return key


def test_it_shows_the_key_in_every_relationship(agent, first_key, at):
    method = f"{agent.did}#key-1"
    assert did_document(agent, at) == {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": agent.did,
        "alsoKnownAs": [f"did:key:{first_key.public_key.multikey}"],
        "verificationMethod": [
            {
                "id": method,
                "type": "Multikey",
                "controller": agent.did,
                "publicKeyMultibase": first_key.public_key.multikey,
            }
        ],
        "authentication": [method],
        "assertionMethod": [method],
        "capabilityDelegation": [method],
        "capabilityInvocation": [method],
    }


def test_it_says_until_when_a_retiring_key_is_good(agent, second_key, at):
    old, new = did_document(agent, at)["verificationMethod"]
    assert old["expires"] == rfc3339(at + timedelta(hours=1))
    assert "expires" not in new
    assert did_document(agent, at)["alsoKnownAs"] == [f"did:key:{second_key.public_key.multikey}"]


def test_it_leaves_out_a_key_that_has_expired(agent, second_key, at):
    document = did_document(agent, at + timedelta(hours=1))
    assert [method["id"] for method in document["verificationMethod"]] == [f"{agent.did}#key-2"]
    assert document["authentication"] == [f"{agent.did}#key-2"]


def test_it_leaves_out_a_revoked_key(agent, second_key, by_alice, at):
    revoke_key(agent=agent, fragment="key-1", reason=RevocationReason.COMPROMISED, actor=by_alice, at=at)
    assert [method["id"] for method in did_document(agent, at)["verificationMethod"]] == [f"{agent.did}#key-2"]


def test_it_says_plainly_that_there_is_no_key_left(agent, by_alice, at):
    revoke_key(agent=agent, fragment="key-1", reason=RevocationReason.COMPROMISED, actor=by_alice, at=at)
    assert set(did_document(agent, at)) == {"@context", "id"}


def test_it_lists_the_services_it_is_given(agent, at):
    service = Service("mcp-1", "MCPServer", "https://acme.example/mcp")
    assert did_document(agent, at, [service])["service"] == [
        {"id": f"{agent.did}#mcp-1", "type": "MCPServer", "serviceEndpoint": "https://acme.example/mcp"}
    ]


def test_it_shows_nothing_of_an_ended_agent_but_its_name(agent, by_alice, at):
    ended = deactivate(agent=agent, reason=DeactivationReason.REPLACED, actor=by_alice, at=at)
    assert set(did_document(ended, at, [Service("a", "A", "https://a.example")])) == {"@context", "id"}
