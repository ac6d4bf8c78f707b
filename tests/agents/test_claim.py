"""Claiming an agent that was imported from another directory."""

from __future__ import annotations

import pytest

from identity.agents.claim import ClaimProof, NotClaimable, claim_agent, claim_domains, find_claim_proof
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict
from identity.primitives.multikey import PrivateKey

LISTED = "com.example.tools/search"


@pytest.fixture
def claim(acme, foreign, prove, by_alice, at):
    def claim(proven_domains=("example.com",), listed_name=LISTED, proof=None):
        return claim_agent(
            agent=foreign,
            organization=acme,
            **(proof or prove(acme, PrivateKey.generate(), "claim", foreign)),
            listed_name=listed_name,
            proven_domains=proven_domains,
            actor=by_alice,
            at=at,
        )

    return claim


@pytest.mark.parametrize(
    ("listed_name", "domains"),
    [
        ("com.example.tools/search", ("tools.example.com", "example.com")),
        ("io.github.Alice/tool", ("alice.github.io", "github.io")),
        ("com.example", ("example.com",)),
        ("example", ()),
        ("", ()),
        ("com..example/x", ()),
        ("com.exa mple/x", ()),
        ("com.-example/x", ()),
    ],
)
def test_it_knows_who_may_claim_a_name(listed_name, domains):
    assert claim_domains(listed_name) == domains


def test_it_gives_the_agent_to_whoever_proved_the_domain(claim, acme, at):
    agent = claim()
    agent.refresh_from_db()
    assert (agent.organization, agent.status, agent.kind, agent.claimed_at) == (acme, "active", "foreign", at)
    assert agent.verification_methods.get().is_valid(at)
    assert Event.objects.get(kind="agent.claimed").payload == {"proof": "domain:example.com"}


@pytest.mark.parametrize("proven", [(), ("other.example",), ("search.tools.example.com",), ("com",), ("le.com",)])
def test_it_says_which_domain_would_do(claim, foreign, proven):
    answer = claim(proven)
    assert isinstance(answer, NotClaimable)
    assert answer.code == "claim_needs_domain_proof"
    assert answer.domains == ("tools.example.com", "example.com")
    foreign.refresh_from_db()
    assert foreign.status == "unclaimed"


def test_it_says_why_a_name_without_a_domain_cannot_be_claimed():
    answer = find_claim_proof("just-a-name", ["example.com"])
    assert isinstance(answer, NotClaimable)
    assert "not a reverse-DNS name" in answer.detail


def test_it_takes_the_nearest_proven_domain():
    proof = find_claim_proof(LISTED, ["example.com", "tools.example.com"])
    assert isinstance(proof, ClaimProof)
    assert str(proof) == "domain:tools.example.com"


def test_it_is_claimed_once(claim, acme, foreign, prove):
    first, second = (prove(acme, PrivateKey.generate(), "claim", foreign) for _ in range(2))
    claim(proof=first)
    with pytest.raises(Conflict) as refusal:
        claim(proof=second)
    assert refusal.value.code == "agent_already_claimed"


def test_it_needs_a_signature_besides_the_domain(claim, acme, foreign, prove):
    proof = prove(acme, PrivateKey.generate(), "claim", foreign)
    with pytest.raises(AttornError) as refusal:
        claim(proof={**proof, "signature": bytes(64)})
    assert refusal.value.code == "signature_invalid"
