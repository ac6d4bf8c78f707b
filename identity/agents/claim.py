"""Claiming a foreign agent: whoever controls the domain in its reverse-DNS name may answer for it here."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from identity.accounts.bars import refuse_barred_organization
from identity.accounts.models import Organization
from identity.agents.capacity import refuse_too_many_agents
from identity.agents.challenges import consume_challenge
from identity.agents.enroll import enroll_key, lock_living
from identity.agents.models import Agent, AgentStatus, ChallengePurpose
from identity.journal.actor import Actor
from identity.journal.kinds import AgentClaimed, KeyAdded
from identity.journal.record import record
from identity.primitives.errors import Conflict

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class ClaimProofKind(StrEnum):
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class ClaimProof:
    """What stands behind a claim; for a domain, ``value`` is the domain the organization has proven."""

    kind: ClaimProofKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class NotClaimable:
    """An expected no: which domains would do, and a sentence saying so."""

    code: str
    detail: str
    domains: tuple[str, ...] = ()


def claim_domains(listed_name: str) -> tuple[str, ...]:
    """The domains whose holder may claim an agent listed under ``listed_name``, nearest first.

    ``com.example.tools/search`` belongs to whoever controls ``tools.example.com`` or ``example.com``; for
    ``io.github.alice/tool`` that is ``alice.github.io``, which GitHub lets only that account publish under.
    Empty when the name is not reverse DNS.
    """
    labels = listed_name.lower().partition("/")[0].split(".")[::-1]
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return ()
    return tuple(".".join(labels[start:]) for start in range(len(labels) - 1))


def find_claim_proof(listed_name: str, proven_domains: Collection[str]) -> ClaimProof | NotClaimable:
    """The proof an organization already has for this name, or why it has none.

    Stops a stranger from answering for somebody else's agent: an imported entry names its author only by its
    reverse-DNS name, so control of that domain is the one thing its author can show and others cannot.
    """
    domains = claim_domains(listed_name)
    if not domains:
        return NotClaimable(
            "claim_needs_domain_proof",
            f"{listed_name} is not a reverse-DNS name. Agents can be claimed by proof of a domain only, so this "
            "one cannot be claimed yet.",
        )
    for domain in domains:
        if domain in proven_domains:
            return ClaimProof(ClaimProofKind.DOMAIN, domain)
    return NotClaimable(
        "claim_needs_domain_proof",
        f"To claim {listed_name}, first prove that your organization controls {domains[0]}"
        + (" or a domain above it." if len(domains) > 1 else "."),
        domains,
    )


def claim_agent(
    *,
    agent: Agent,
    organization: Organization,
    challenge_id: str,
    signature: bytes,
    listed_name: str,
    proven_domains: Collection[str],
    actor: Actor,
    at: datetime,
) -> Agent | NotClaimable:
    """Take over an unclaimed foreign agent: ``organization`` answers for it, the key that signed the challenge
    speaks for it. ``listed_name`` is the name its own directory gave it; ``proven_domains`` are the
    organization's, read in this same transaction by the caller above.

    Raises Conflict ``agent_already_claimed``, NotPermitted ``barred`` and what ``consume_challenge`` and
    ``enroll_key`` raise.
    """
    proof = find_claim_proof(listed_name, proven_domains)
    if isinstance(proof, NotClaimable):
        return proof
    with transaction.atomic():
        refuse_too_many_agents(organization)
        refuse_barred_organization(organization, actor=actor, at=at)
        locked = lock_living(agent)
        if locked.status != AgentStatus.UNCLAIMED:
            raise Conflict("agent_already_claimed", "Somebody answers for this agent already.")
        public_key = consume_challenge(
            organization=organization,
            challenge_id=challenge_id,
            purpose=ChallengePurpose.CLAIM,
            agent=locked,
            signature=signature,
            at=at,
        )
        locked.organization, locked.status = organization, AgentStatus.ACTIVE
        locked.status_changed_at = locked.claimed_at = at
        locked.save(update_fields=["organization", "status", "status_changed_at", "claimed_at"])
        method = enroll_key(agent=locked, public_key=public_key, at=at)
        key_added = KeyAdded(method.fragment, method.thumbprint)
        record(AgentClaimed(str(proof)), subject=locked.id, actor=actor, at=at, organization=organization.id)
        record(key_added, subject=locked.id, actor=actor, at=at, organization=organization.id)
    return locked
