"""Agents together with the directory: registered and named in one step, claimed by the domain in their name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from identity.accounts.models import Organization
from identity.agents.claim import ClaimProof, NotClaimable, claim_agent, find_claim_proof
from identity.agents.models import Agent
from identity.credentials.registration import issue_first_credential, register_agent_with_credential
from identity.journal.actor import Actor
from identity.primitives.errors import NotPermitted
from registry.directory.models import Domain, DomainState, Name, Zone, ZoneKind
from registry.directory.names import parse_name
from registry.directory.register import allowed_label, refuse_taken_name, register_name
from reputation.moderation.effects import put_under_measures


def register_unnamed_agent(
    *,
    organization: Organization,
    challenge_id: str,
    signature: bytes,
    display_name: str,
    description: str = "",
    capabilities: Sequence[str] = (),
    homepage: str = "",
    actor: Actor,
    at: datetime,
) -> Agent:
    """Register an agent that its DID alone finds, under whatever stands against its organization as a whole. Raises
    what ``register_agent`` raises."""
    with transaction.atomic():
        agent = register_agent_with_credential(
            organization=organization,
            challenge_id=challenge_id,
            signature=signature,
            display_name=display_name,
            description=description,
            capabilities=capabilities,
            homepage=homepage,
            actor=actor,
            at=at,
        )
        return put_under_measures(agent, at=at)


def register_named_agent(
    *,
    organization: Organization,
    challenge_id: str,
    signature: bytes,
    name: str,
    display_name: str,
    description: str = "",
    capabilities: Sequence[str] = (),
    homepage: str = "",
    actor: Actor,
    at: datetime,
) -> Agent:
    """Register an agent, its name and its identity credential, all or none: nobody ends up with an agent whose name
    was taken.

    Raises what ``register_agent`` and ``register_name`` raise; NotPermitted ``zone_not_yours`` when the
    organization holds no such zone.
    """
    with transaction.atomic():
        zone, label = held_zone_and_label(organization, name)
        agent = register_agent_with_credential(
            organization=organization,
            challenge_id=challenge_id,
            signature=signature,
            display_name=display_name,
            description=description,
            capabilities=capabilities,
            homepage=homepage,
            actor=actor,
            at=at,
        )
        register_name(zone=zone, label=label, agent=agent, actor=actor, at=at)
        return put_under_measures(agent, at=at)


def held_zone_and_label(organization: Organization, name: str) -> tuple[Zone, str]:
    """``concierge.acme`` taken apart, if the organization holds the zone ``acme``. InvalidInput ``name_invalid``,
    NotPermitted ``zone_not_yours`` (the same for a zone of others and for none)."""
    form = parse_name(name)
    zone = Zone.objects.filter(label=form.zone, organization=organization).first()
    if zone is None:
        raise NotPermitted("zone_not_yours", f"Your organization does not hold the zone {form.zone}.", field="name")
    return zone, form.label


def refuse_unavailable_name(organization: Organization, name: str) -> None:
    """What ``register_named_agent`` would refuse now, said before anybody signs anything. Changes nothing."""
    zone, label = held_zone_and_label(organization, name)
    refuse_taken_name(allowed_label(label, zone=zone), zone=zone)


def claim_listed_agent(
    *, agent: Agent, organization: Organization, challenge_id: str, signature: bytes, actor: Actor, at: datetime
) -> Agent | NotClaimable:
    """Claim a foreign agent by a domain the organization has proven; see ``identity.agents.claim``."""
    with transaction.atomic():
        outcome = claim_agent(
            agent=agent,
            organization=organization,
            challenge_id=challenge_id,
            signature=signature,
            listed_name=listed_name(agent),
            proven_domains=lock_proven_domains(organization),
            actor=actor,
            at=at,
        )
        if isinstance(outcome, Agent):
            issue_first_credential(outcome, actor=actor, at=at)
            put_under_measures(outcome, at=at)
    return outcome


def claim_outlook(*, agent: Agent, organization: Organization) -> ClaimProof | NotClaimable:
    """Whether a claim by this organization would be good now, and what is missing when not; changes nothing."""
    return find_claim_proof(listed_name(agent), set(_proven(organization).values_list("domain", flat=True)))


def listed_name(agent: Agent) -> str:
    """The name the agent's own directory gave it; empty when it has none."""
    listed = Name.objects.filter(agent=agent, zone__kind=ZoneKind.DIRECTORY).order_by("fqn")
    return listed.values_list("fqn", flat=True).first() or ""


def lock_proven_domains(organization: Organization) -> set[str]:
    """Locked until the transaction ends: stops a claim on a proof that is found lost at the same moment. A domain that
    could not be reached lately does not count; the claim can wait until it can."""
    return set(_proven(organization).select_for_update().order_by("id").values_list("domain", flat=True))


def _proven(organization: Organization) -> QuerySet[Domain]:
    return Domain.objects.filter(organization=organization, state=DomainState.PROVEN)
