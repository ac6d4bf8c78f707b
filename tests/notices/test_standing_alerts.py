"""Alerts about standing: whoever lent to an agent, or whose agents bought from a vendor, hears that it is limited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Organization, User
from identity.accounts.organizations import create_organization
from identity.agents.lifecycle import DeactivationReason, SuspensionReason, deactivate, reinstate, suspend
from identity.agents.models import SuspendedBy
from identity.delegation.capacity import BY_REGISTRY
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.delegation.revoke import RevocationReason, revoke_delegation
from identity.journal.actor import Actor, ActorKind
from identity.journal.drain import drain, replay
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from registry.notices.alert_rules import Alert
from registry.notices.alert_words import STANDINGS, words_of
from registry.notices.kinds import NoticeKind
from registry.notices.models import Notice
from reputation.moderation.ladder import Reason
from reputation.moderation.sanctions import (
    Proposal,
    impose_in_emergency,
    lift_sanction,
    propose_sanction,
    sign_sanction,
)
from tests.spending.conftest import TOTAL_500, Holder, Shop, make_terms
from tests.spending_scene import *  # noqa: F403 - fixtures


@pytest.fixture
def foreign(make_holder: Callable[..., Holder], mallory: User, at: datetime) -> Holder:
    """An agent that another organization runs, and Mallory owns that one."""
    by_mallory = Actor(ActorKind.USER, mallory.pk)
    other = create_organization(name="Rent-a-Bot", kind="organization", owner=mallory, actor=by_mallory, at=at)
    return make_holder("Rented", other)


@pytest.fixture
def lend(acme: Organization, at: datetime) -> Callable[..., Delegation]:
    def by(person: User, holder: Holder) -> Delegation:
        return delegate_root(
            principal=acme,
            agent=holder.agent,
            terms=make_terms(at, TOTAL_500),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            actor=Actor(ActorKind.USER, person.pk),
            at=at,
        )

    return by


@pytest.fixture
def olga_acts(olga: User) -> Actor:
    return Actor(ActorKind.OPERATOR, olga.pk)


def proposal(level: int) -> Proposal:
    return Proposal(level=level, reason=Reason.CONFIRMED_FRAUD, facts="Three were deceived.")


def titles(user: User, kind: NoticeKind) -> list[str]:
    sequence()
    drain("alerts", at=now())
    return list(Notice.objects.filter(user=user, kind=kind).order_by("pk").values_list("title", flat=True))


def test_an_agent_of_others_that_is_suspended_is_told_to_whoever_lent_to_it(
    foreign: Holder, lend: Callable[..., Delegation], alice: User, mallory: User, acme: Organization, at: datetime
) -> None:
    link = lend(alice, foreign)
    by_mallory = Actor(ActorKind.USER, mallory.pk)
    agent = suspend(
        agent=foreign.agent,
        reason=SuspensionReason.MAINTENANCE,
        by=SuspendedBy.CONTROLLER,
        actor=by_mallory,
        at=at,
    )
    reinstate(agent=agent, by=SuspendedBy.CONTROLLER, actor=by_mallory, at=at + timedelta(minutes=1))
    assert titles(alice, NoticeKind.AGENT_STANDING) == ["Rented is suspended", "Rented goes on"]
    assert Notice.objects.filter(kind=NoticeKind.AGENT_STANDING).exclude(user=alice).count() == 0
    first = Notice.objects.filter(user=alice).earliest("pk")
    assert first.link == f"/console/{acme.pk}/delegations/{link.pk}/"


def test_whoever_did_it_herself_is_not_told(
    buyer: Holder, lend: Callable[..., Delegation], alice: User, bob: User, acme: Organization, at: datetime
) -> None:
    acme.memberships.filter(user=bob).update(role="owner")
    lend(alice, buyer)
    lend(bob, buyer)
    deactivate(agent=buyer.agent, reason=DeactivationReason.REPLACED, actor=Actor(ActorKind.USER, alice.pk), at=at)
    assert titles(alice, NoticeKind.AGENT_STANDING) == []
    assert titles(bob, NoticeKind.AGENT_STANDING) == ["Buyer was deactivated for good"]


def test_several_delegations_to_one_agent_are_one_alert(
    foreign: Holder, lend: Callable[..., Delegation], alice: User, acme: Organization, olga_acts: Actor, at: datetime
) -> None:
    for _ in range(3):
        lend(alice, foreign)
    impose_in_emergency(case=None, subject=foreign.agent, proposal=proposal(3), actor=olga_acts, at=at)
    assert titles(alice, NoticeKind.AGENT_STANDING) == ["Rented is suspended"]
    assert Notice.objects.get(user=alice).link == f"/console/{acme.pk}/delegations/"


def test_an_agent_below_hers_is_told_too(
    pass_on: Callable[..., Delegation],
    grant: Callable[..., Delegation],
    planner: Holder,
    foreign: Holder,
    alice: User,
    olga_acts: Actor,
    at: datetime,
) -> None:
    root = grant(planner, TOTAL_500, max_further_depth=1)
    pass_on(root, planner, foreign, TOTAL_500)
    impose_in_emergency(case=None, subject=foreign.agent, proposal=proposal(3), actor=olga_acts, at=at)
    assert titles(alice, NoticeKind.AGENT_STANDING) == ["Rented is suspended"]


def test_a_limit_that_leaves_the_status_as_it_is_is_told_and_its_end(
    foreign: Holder, lend: Callable[..., Delegation], alice: User, olga_acts: Actor, at: datetime
) -> None:
    lend(alice, foreign)
    sanction = propose_sanction(case=None, subject=foreign.agent, proposal=proposal(2), actor=olga_acts, at=at)
    lift_sanction(sanction=sanction, reason="Settled.", actor=olga_acts, at=at + timedelta(hours=1))
    assert titles(alice, NoticeKind.AGENT_STANDING) == [
        "The registry limits Rented",
        "The registry limits Rented no longer",
    ]


def test_what_she_took_back_before_concerns_her_no_more(
    foreign: Holder, lend: Callable[..., Delegation], alice: User, olga_acts: Actor, at: datetime
) -> None:
    link = lend(alice, foreign)
    reason = RevocationReason.NO_LONGER_NEEDED
    revoke_delegation(delegation=link, reason=reason, capacities=(BY_REGISTRY,), actor=olga_acts, at=at)
    impose_in_emergency(
        case=None, subject=foreign.agent, proposal=proposal(3), actor=olga_acts, at=at + timedelta(minutes=1)
    )
    assert titles(alice, NoticeKind.AGENT_STANDING) == []


def test_an_organization_that_is_removed_is_told_for_each_agent_once(
    foreign: Holder,
    lend: Callable[..., Delegation],
    alice: User,
    olga_acts: Actor,
    make_person: Callable[..., User],
    at: datetime,
) -> None:
    lend(alice, foreign)
    whole = foreign.agent.organization
    assert whole is not None
    sanction = propose_sanction(case=None, subject=whole, proposal=proposal(5), actor=olga_acts, at=at)
    for name in ("Oskar", "Otto"):
        signer = make_person(name, is_staff=True, desk_role="manager")
        sanction = sign_sanction(sanction=sanction, actor=Actor(ActorKind.OPERATOR, signer.pk), at=at)
    assert titles(alice, NoticeKind.AGENT_STANDING) == ["The registry removed Rented for good"]


def test_a_vendor_her_agents_bought_from_is_told(
    lend: Callable[..., Delegation],
    buyer: Holder,
    shop: Shop,
    nordlicht: Any,
    alice: User,
    bob: User,
    charlie: User,
    olga_acts: Actor,
    at: datetime,
) -> None:
    shop.spend(buyer, lend(alice, buyer), 1_000)
    impose_in_emergency(case=None, subject=nordlicht, proposal=proposal(3), actor=olga_acts, at=at)
    assert titles(alice, NoticeKind.VENDOR_STANDING) == ["The vendor Nordlicht Hardware is suspended"]
    for other in (bob, charlie):
        assert titles(other, NoticeKind.VENDOR_STANDING) == []
    replay("alerts", at=now())
    assert len(titles(alice, NoticeKind.VENDOR_STANDING)) == 1


def test_a_vendor_nobody_bought_from_concerns_nobody(
    lend: Callable[..., Delegation], buyer: Holder, nordlicht: Any, alice: User, olga_acts: Actor, at: datetime
) -> None:
    lend(alice, buyer)
    impose_in_emergency(case=None, subject=nordlicht, proposal=proposal(3), actor=olga_acts, at=at)
    assert titles(alice, NoticeKind.VENDOR_STANDING) == []


@pytest.mark.parametrize("what", sorted(STANDINGS))
@pytest.mark.parametrize("kind", [NoticeKind.AGENT_STANDING, NoticeKind.VENDOR_STANDING])
def test_every_standing_has_words_for_agents_and_vendors(what: str, kind: NoticeKind) -> None:
    said = {"agent": "A\nname", "vendor": "V", "what": what, "stops_at": datetime.fromisoformat("2026-12-01T00:00:00Z")}
    title, body = words_of(Alert(kind, "k", (), said))
    assert ("A name" if kind == NoticeKind.AGENT_STANDING else "V") in title
    assert "%(" not in title + body
    assert "\n" not in title
