"""``/v1/agents/<id>/suspend`` and its kin, and claims."""

from __future__ import annotations

import pytest

from identity.agents.lifecycle import SuspensionReason, suspend
from identity.agents.models import Agent, SuspendedBy
from identity.journal.actor import system
from identity.primitives.multikey import PrivateKey

from .agent_calls import proof, registered
from .test_agents import refused


@pytest.fixture
def path(program):
    return f"/v1/agents/{registered(program)['id']}"


def test_it_suspends_reinstates_and_deactivates(program, path):
    suspended = program.post(f"{path}/suspend", {"reason": "maintenance"})
    assert (suspended.status_code, suspended.json()["status_reason"]) == (200, "maintenance")
    assert suspended.json()["suspended_by"] == "controller"
    refused(program.post(f"{path}/suspend", {"reason": "maintenance"}), 409, "agent_already_suspended")
    assert program.post(f"{path}/reinstate").json()["status"] == "active"
    refused(program.post(f"{path}/reinstate", {}), 409, "agent_not_suspended")
    ended = program.post(f"{path}/deactivate", {"reason": "replaced"}).json()
    assert (ended["status"], ended["has_valid_key"]) == ("deactivated", False)
    refused(program.post(f"{path}/deactivate", {"reason": "replaced"}), 410, "agent_deactivated")
    refused(program.send("PATCH", path, {"display_name": "Late"}), 410, "agent_deactivated")
    assert program.get(path).status_code == 200


def test_it_cannot_lift_what_the_registry_imposed(program, path, at):
    suspend(
        agent=Agent.objects.get(),
        reason=SuspensionReason.IMPERSONATION,
        by=SuspendedBy.REGISTRY,
        actor=system("tests"),
        at=at,
    )
    refused(program.post(f"{path}/reinstate", {}), 403, "suspended_by_registry")


def test_it_does_not_take_the_reasons_of_the_registry(program, path):
    refused(program.post(f"{path}/suspend", {"reason": "legal_order"}), 422, "invalid_input")


@pytest.fixture
def listed(db, at):
    """A foreign agent listed as com.example.tools/search in the directory it came from."""
    from registry.directory.models import Name, Zone

    agent = Agent.objects.create(
        did="did:web:localhost%3A8000:agents:foreign",
        kind="foreign",
        status="unclaimed",
        display_name="search",
        origin="mcp",
        origin_id="1",
    )
    zone = Zone.objects.create(label="mcp", kind="directory", skeleton="mcp")
    fqn = "com.example.tools/search"
    Name.objects.create(fqn=fqn, zone=zone, skeleton=fqn, agent=agent)
    return agent


def test_it_claims_a_foreign_agent_by_proof_of_its_domain(program, acme, listed, at):
    from registry.directory.models import Domain

    signed = proof(program, PrivateKey.generate(), "claim", listed.pk)
    answer = program.post(f"/v1/agents/{listed.pk}/claim", signed)
    refused(answer, 409, "claim_needs_domain_proof")
    assert answer.json()["domains"] == ["tools.example.com", "example.com"]
    domain = Domain.objects.create(organization=acme, domain="example.com", token="t", state="unreachable")
    refused(program.post(f"/v1/agents/{listed.pk}/claim", signed), 409, "claim_needs_domain_proof")
    Domain.objects.filter(pk=domain.pk).update(state="proven", proven_at=at)
    claimed = program.post(f"/v1/agents/{listed.pk}/claim", signed)
    assert (claimed.status_code, claimed.json()["organization"]) == (200, acme.pk)
    assert (claimed.json()["kind"], claimed.json()["names"]) == ("foreign", ["com.example.tools/search"])


def test_it_claims_nothing_by_the_domain_of_somebody_else(program, stranger, listed, at):
    from registry.directory.models import Domain

    Domain.objects.create(
        organization=stranger.key.organization, domain="example.com", token="t", state="proven", proven_at=at
    )
    signed = proof(program, PrivateKey.generate(), "claim", listed.pk)
    refused(program.post(f"/v1/agents/{listed.pk}/claim", signed), 409, "claim_needs_domain_proof")
