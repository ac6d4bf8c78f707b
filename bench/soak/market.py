"""Who spends in a round: principals, planners, buyers with links that get exhausted, and two shops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from identity.accounts.models import Organization, User
from identity.accounts.noted_assurance import note_assurance
from identity.accounts.organizations import create_organization
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import create_service_key
from identity.agents.challenges import issue_challenge, signing_input
from identity.agents.models import Agent, ChallengePurpose
from identity.agents.register import register_agent
from identity.agents.vendors import register_vendor, set_vendor_assurance
from identity.credentials.proofs import eddsa_jcs_2022
from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.link import Terms
from identity.delegation.models import Delegation
from identity.delegation.pass_on import draft_child
from identity.delegation.proof import CHILD_PURPOSE
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from identity.spending.links import delegate_root, register_child
from identity.spending.terms import set_score

SOAK = system("soak")
# For 200 clients: six or so fight over each root, and no root makes all of them wait.
PRINCIPALS = 8
ROOTS_PER_PRINCIPAL = 4
LEAVES_PER_ROOT = 4
AMOUNT_MIN, AMOUNT_MAX = 100, 5_000  # what buyers ask for, in cents
PER_TRANSACTION = 4_600  # so that some ask for too much
KEPT_SHARE = 0.04  # of what is asked for: far less than is held and captured, so that the caps are reached


@dataclass(frozen=True)
class Holder:
    agent: Agent
    private_key: PrivateKey

    @property
    def signer(self) -> LocalSigner:
        return LocalSigner(self.private_key, f"{self.agent.did}#key-1")


@dataclass(frozen=True)
class People:
    principals: list[Organization]
    shops: list[Agent]
    token: str


@dataclass(frozen=True)
class Market:
    """One round's chains; ``leaves`` are what the clients need of them, keys included."""

    principals: list[Organization]
    links: list[Delegation]
    agents: list[Agent]
    roots: list[str]
    leaves: list[dict[str, str]]


def settle_people(at: datetime) -> People:
    user = User.objects.create_user("soak@example.org", None, display_name="Soak")
    principals = [_organization(f"Principal {number}", user, at) for number in range(PRINCIPALS)]
    trade = _organization("Shops", user, at)
    shops = [_register(trade, f"Shop {number}", at).agent for number in range(2)]
    for shop in shops:
        vendor = register_vendor(agent=shop, mcc="5734", country="DE", actor=SOAK, at=at)
        set_vendor_assurance(vendor=vendor, level=2, actor=SOAK, at=at)
    _, token = create_service_key(
        organization=trade,
        name="soak",
        scopes=[Permission.AUTHORIZATIONS_READ, Permission.AUTHORIZATIONS_WRITE],
        expires_at=None,
        actor=SOAK,
        at=at,
        created_by=user,
    )
    return People(principals, shops, token)


def open_market(people: People, *, attempts: int, at: datetime) -> Market:
    """Fresh chains for a round of ``attempts``: three links deep for every fourth leaf, two for the others."""
    market = Market(people.principals, [], [], [], [])
    root_cap = int(attempts * AMOUNT_MAX / 2 * KEPT_SHARE) // (PRINCIPALS * ROOTS_PER_PRINCIPAL)
    for principal in people.principals:
        for _ in range(ROOTS_PER_PRINCIPAL):
            _add_tree(market, principal, root_cap, attempts, at)
    return market


def _add_tree(market: Market, principal: Organization, cap: int, attempts: int, at: datetime) -> None:
    planner = _register(principal, "Planner", at)
    root = delegate_root(
        principal=principal,
        agent=planner.agent,
        terms=_terms(at, _limits(cap, attempts), max_further_depth=2),
        evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
        actor=SOAK,
        at=at,
    )
    market.roots.append(root.pk)
    market.links.append(root)
    market.agents.append(planner.agent)
    for number in range(LEAVES_PER_ROOT):
        holder, parent, issuer = _register(principal, "Buyer", at), root, planner
        if number == 0:
            middle = _register(principal, "Middle", at)
            parent, issuer = _child(root, planner, middle, _limits(cap // 2, attempts), at, depth=1), middle
            market.links.append(parent)
            market.agents.append(middle.agent)
        leaf = _child(parent, issuer, holder, _limits(cap // 3, attempts), at)
        market.links.append(leaf)
        market.agents.append(holder.agent)
        set_score(agent=holder.agent.pk, score=900, band="strong", at=at)
        did, pem = holder.agent.did, holder.private_key.to_pem()
        market.leaves.append({"delegation": leaf.pk, "agent_did": did, "pem": pem})


def _limits(cap: int, attempts: int) -> list[dict[str, Any]]:
    money = {"currency": "EUR", "exponent": 2}
    uses = max(attempts // (PRINCIPALS * ROOTS_PER_PRINCIPAL), 10)
    return [
        {"type": "total", "amount": cap, **money, "refundRestores": True},
        {"type": "per_period", "amount": cap * 5, **money, "period": "day", "alignment": "calendar",
         "timezone": "Europe/Berlin"},
        {"type": "count", "max": uses},
        {"type": "per_transaction", "max": PER_TRANSACTION, **money},
    ]  # fmt: skip


def _child(
    parent: Delegation, issuer: Holder, holder: Holder, limits: list[dict[str, Any]], at: datetime, depth: int = 0
) -> Delegation:
    terms = _terms(at, limits, max_further_depth=depth)
    draft = draft_child(parent=parent, agent=holder.agent, terms=terms, at=at)
    signed = eddsa_jcs_2022.secure(draft.document, signer=issuer.signer, created=at, purpose=CHILD_PURPOSE)
    return register_child(credential=signed, actor=Actor(ActorKind.AGENT, issuer.agent.pk), at=at)


def _terms(at: datetime, limits: list[dict[str, Any]], *, max_further_depth: int) -> Terms:
    return Terms(
        valid_from=at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1),
        valid_until=at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=30),
        constraints=parse_constraints(complete_draft(limits)),
        max_further_depth=max_further_depth,
    )


def _organization(name: str, owner: User, at: datetime) -> Organization:
    """A well-known one, so that its agents meet their chains' limits before the register's own."""
    legal_id = f"DE-SOAK-{name.replace(' ', '-')}"
    organization = create_organization(
        name=name, kind="organization", owner=owner, country="DE", legal_id=legal_id, actor=SOAK, at=at
    )
    return note_assurance(organization=organization, level=3, reason="made for the soak", actor=SOAK, at=at)


def _register(organization: Organization, name: str, at: datetime) -> Holder:
    key = PrivateKey.generate()
    challenge = issue_challenge(
        organization=organization, purpose=ChallengePurpose.REGISTER, public_key=key.public_key, actor=SOAK, at=at
    )
    agent = register_agent(
        organization=organization,
        challenge_id=challenge.pk,
        signature=key.sign(signing_input(challenge)),
        display_name=name,
        actor=SOAK,
        at=at,
    )
    return Holder(agent, key)
