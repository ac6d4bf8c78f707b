"""What is over, paused or stopped, for pictures and for eyes: each with its address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Organization, User
from identity.agents.lifecycle import DeactivationReason, SuspensionReason, deactivate, suspend
from identity.agents.models import Agent, SuspendedBy
from identity.delegation import revoke
from identity.delegation.capacity import BY_REGISTRY, capacities
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.spending.approvals import cancel
from identity.spending.links import revoke_delegation
from identity.spending.models import Approval
from registry.directory.models import Name
from registry.directory.register import register_name
from reputation.moderation.sanctions import Proposal, propose_sanction, sign_sanction
from tests.spending.conftest import TOTAL_500, Holder, Shop, make_terms
from tests.spending_scene import ASK_ABOVE_25, Scene

CLERK = system("tests")
LONG_AGO = timedelta(days=40)


def known_since(agent: Agent, begin: datetime) -> None:
    """Its key counts from then on."""
    agent.verification_methods.update(valid_from=begin)


@pytest.fixture
def lent_before(acme: Organization, make_holder: Callable[..., Holder], at: datetime) -> Callable[..., Delegation]:
    """A delegation to an agent of that name that ended by itself, begins later, or stands."""

    def lend(name: str, *, begins: timedelta = -LONG_AGO, days: int = 365) -> Delegation:
        begins_at, agent = at + begins, make_holder(name).agent
        known_since(agent, min(at, begins_at))
        terms = make_terms(
            at, TOTAL_500, ASK_ABOVE_25, valid_from=begins_at, valid_until=begins_at + timedelta(days=days)
        )
        return delegate_root(
            principal=acme,
            agent=agent,
            terms=terms,
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=min(at, begins_at)),
            actor=CLERK,
            at=min(at, begins_at),
        )

    return lend


@pytest.fixture
def over_delegations(acme: Organization, alice: User, lent_before: Callable[..., Delegation], at: datetime) -> Any:
    """By what became of them: the addresses of delegations that allow nothing now."""
    by_alice, found = Actor(ActorKind.USER, alice.pk), {}
    found["expired"] = lent_before("Summer travel", days=30)
    found["not-begun"] = lent_before("Winter travel", begins=timedelta(days=20), days=60)
    found["revoked"] = lent_before("Print shop")
    revoke_delegation(
        delegation=found["revoked"],
        reason=revoke.RevocationReason.NO_LONGER_NEEDED,
        capacities=capacities(found["revoked"], organization=acme),
        actor=by_alice,
        at=at,
    )
    for name, reason in (("suspended", "paused"), ("suspended-by-the-registry", "investigation")):
        found[name] = lent_before(name.replace("-", " ").capitalize())
        by_acme = name == "suspended"
        revoke.suspend_delegation(
            delegation=found[name],
            reason=revoke.SuspensionReason(reason),
            capacities=capacities(found[name], organization=acme) if by_acme else [BY_REGISTRY],
            actor=by_alice if by_acme else CLERK,
            at=at,
        )
    return {name: f"/console/{acme.pk}/delegations/{each.pk}/" for name, each in found.items()}


@pytest.fixture
def over_questions(
    buyer: Holder, morning: Scene, nordlicht: Agent, asking_purchase: Callable[..., Approval], at: datetime
) -> dict[str, str]:
    """A question that ran out, and one that was withdrawn."""
    early = Shop(nordlicht, at - timedelta(minutes=20))
    known_since(buyer.agent, early.at)
    ran_out = early.spend(buyer, morning.child, 5_100).approval
    withdrawn = asking_purchase(buyer, morning.child, 5_200)
    cancel(approval=withdrawn, actor=Actor(ActorKind.AGENT, buyer.agent.pk), at=at)
    return {"expired": f"/approve/{ran_out}", "cancelled": f"/approve/{withdrawn.pk}"}


@pytest.fixture
def stopped_agents(
    acme: Organization,
    concierge_name: Name,
    make_agent: Callable[..., Agent],
    olga: User,
    oskar: User,
    at: datetime,
) -> dict[str, tuple[str, str]]:
    """By their standing: the names of Acme's agents that nobody should rely on, and where the console shows each."""
    zone = concierge_name.zone
    found = {status: make_agent(acme, status.capitalize()) for status in ("suspended", "deactivated", "revoked")}
    for status, agent in found.items():
        register_name(zone=zone, label=status, agent=agent, actor=CLERK, at=at)
    suspend(
        agent=found["suspended"],
        reason=SuspensionReason.MAINTENANCE,
        by=SuspendedBy.CONTROLLER,
        actor=CLERK,
        at=at,
    )
    deactivate(agent=found["deactivated"], reason=DeactivationReason.CESSATION_OF_OPERATION, actor=CLERK, at=at)
    fraud = Proposal(level=4, reason="confirmed_fraud", facts="Three shops were deceived with one story.")
    sanction = propose_sanction(
        case=None, subject=found["revoked"], proposal=fraud, actor=Actor(ActorKind.OPERATOR, olga.pk), at=at
    )
    sign_sanction(sanction=sanction, actor=Actor(ActorKind.OPERATOR, oskar.pk), at=at)
    return {status: (f"/a/{status}.acme", f"/console/{acme.pk}/agents/{agent.pk}/") for status, agent in found.items()}
