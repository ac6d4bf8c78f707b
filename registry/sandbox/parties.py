"""The sandbox's shop and its agent: one of each for everybody, made on first need by the rules that anybody's are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from identity.accounts.models import Organization, OrganizationKind
from identity.agents.challenges import issue_challenge, signing_input
from identity.agents.models import Agent, ChallengePurpose
from identity.agents.register import register_agent
from identity.agents.vendors import register_vendor
from identity.credentials.key_vault import open_signer, seal_private_key
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.kinds import OrganizationCreated
from identity.journal.record import record
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import Signer
from registry.sandbox.models import SandboxPart, SandboxParty

NAME = "Attorn sandbox"
AGENT_NAME = "Sandbox agent"
SHOP_NAME = "Sandbox shop"
SHOP_CATEGORY = "5732"  # ISO 18245: electronics
NOWHERE = "ZZ"  # ISO 3166-1 leaves it to users: it is in no country
ACTOR = system("sandbox")
# Any fixed number works: it only has to differ from the other advisory locks of this database.
_CREATION_LOCK = 0x41544E_534258


@dataclass(frozen=True, slots=True)
class Parties:
    agent: Agent
    shop: Agent
    agent_signer: Signer

    @property
    def shops_actor(self) -> Actor:
        return Actor(ActorKind.AGENT, self.shop.pk)


def sandbox_parties(*, at: datetime) -> Parties:
    """Both, made when there are none yet. Unavailable ``registry_key_unreadable`` when their keys cannot be opened."""
    found = _standing()
    if len(found) < len(SandboxPart):
        with transaction.atomic():
            with connection.cursor() as cursor:  # two first visitors at once: the second finds what the first made
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CREATION_LOCK])
            found = _standing() or _make(at)
    buyer, shop = found[SandboxPart.AGENT], found[SandboxPart.SHOP]
    signer = open_signer(
        bytes(buyer.private_key_encrypted), label=buyer.seal_label, verification_method=f"{buyer.agent.did}#key-1"
    )
    return Parties(buyer.agent, shop.agent, signer)


def _standing() -> dict[str, SandboxParty]:
    return {party.part: party for party in SandboxParty.objects.select_related("agent__organization")}


def _make(at: datetime) -> dict[str, SandboxParty]:
    """An organization without members, so that nobody signs in as it, and without papers: it vouches for nothing."""
    organization = Organization.objects.create(kind=OrganizationKind.SANDBOX, name=NAME, created_at=at)
    event = OrganizationCreated(organization_kind=OrganizationKind.SANDBOX)
    record(event, subject=organization.pk, actor=ACTOR, at=at, organization=organization.pk)
    buyer = _register(organization, SandboxPart.AGENT, AGENT_NAME, "Buys for newcomers, with play money.", at)
    shop = _register(organization, SandboxPart.SHOP, SHOP_NAME, "Sells what nobody ships, for play money.", at)
    register_vendor(agent=shop.agent, mcc=SHOP_CATEGORY, country=NOWHERE, actor=ACTOR, at=at)
    return {party.part: party for party in (buyer, shop)}


def _register(organization: Organization, part: SandboxPart, name: str, text: str, at: datetime) -> SandboxParty:
    """Prove control of a fresh key as any agent does, and keep the key sealed."""
    key = PrivateKey.generate(KeyAlgorithm.ED25519)
    challenge = issue_challenge(
        organization=organization, purpose=ChallengePurpose.REGISTER, public_key=key.public_key, actor=ACTOR, at=at
    )
    agent = register_agent(
        organization=organization,
        challenge_id=challenge.pk,
        signature=key.sign(signing_input(challenge)),
        display_name=name,
        description=text,
        actor=ACTOR,
        at=at,
    )
    party = SandboxParty(part=part, agent=agent)
    party.private_key_encrypted = seal_private_key(key, label=party.seal_label)
    party.save(force_insert=True)
    return party
