"""Deplatforming: every agent ends, and nothing of the organization comes back under another name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.accounts.bars import refuse_barred_domain
from identity.accounts.models import Bar, BarKind, DeskRole, OrganizationKind, Role
from identity.accounts.organizations import (
    add_member,
    change_role,
    create_organization,
    personal_organization,
    remove_member,
    update_organization,
)
from identity.agents.challenges import issue_challenge
from identity.agents.models import Agent, AgentStatus, ChallengePurpose
from identity.agents.register import register_agent
from identity.journal.actor import Actor, ActorKind
from identity.journal.kinds import DomainRemoved, DomainStateChanged
from identity.journal.models import Event
from identity.journal.record import record
from identity.primitives.errors import AttornError, Conflict, InvalidInput, NotPermitted
from identity.primitives.multikey import PrivateKey
from registry.directory.domains import add_domain
from registry.directory.zones import create_zone
from reputation.moderation.associated import decide_association
from reputation.moderation.ladder import Reason
from reputation.moderation.lapse import end_wind_downs
from reputation.moderation.models import AssociationDecision, Detection
from reputation.moderation.opening import open_case
from reputation.moderation.sanctions import Proposal, lift_sanction, propose_sanction, sign_sanction
from tests.moderation.conftest import CLERK, by

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def manager(make_person):
    return make_person("Mona", is_staff=True, desk_role=DeskRole.MANAGER)


@pytest.fixture
def deplatform(acme, olga, oskar, manager, at):
    def make(organization=acme, *, reason=Reason.EVASION, when=at, **more):
        case = open_case(organization=organization, detection=Detection.OPERATOR, actor=by(olga), at=when)
        proposal = Proposal(level=5, reason=reason, facts="It came back under another name.", **more)
        sanction = propose_sanction(case=case, subject=organization, proposal=proposal, actor=by(olga), at=when)
        for operator in (oskar, manager):
            sanction = sign_sanction(sanction=sanction, actor=by(operator), at=when)
        return sanction

    return make


def refused(act) -> str:
    with pytest.raises(AttornError) as problem:
        act()
    return problem.value.code


def ask_for_challenge(organization, person, at) -> None:
    """With a key that nobody has seen before."""
    issue_challenge(
        organization=organization,
        purpose=ChallengePurpose.REGISTER,
        public_key=PrivateKey.generate().public_key,
        actor=Actor(ActorKind.USER, person.pk),
        at=at,
    )


def test_it_revokes_every_agent_and_puts_each_back_when_it_is_admitted_again(
    buyer, make_holder, acme, deplatform, manager, at
):
    make_holder("Second")
    before = list(Agent.objects.filter(organization=acme).order_by("pk").values())
    sanction = deplatform()
    assert set(Agent.objects.filter(organization=acme).values_list("status", flat=True)) == {AgentStatus.REVOKED}
    too_early = at + 729 * DAY
    with pytest.raises(Conflict):
        lift_sanction(sanction=sanction, reason="Served.", actor=by(manager), at=too_early)
    lift_sanction(sanction=sanction, reason="Served.", actor=by(manager), at=at + 730 * DAY)
    assert list(Agent.objects.filter(organization=acme).order_by("pk").values()) == before
    acme.refresh_from_db()
    assert acme.deplatformed_at is None
    assert not Bar.objects.filter(lifted_at=None).exists()


def test_it_leaves_the_end_of_a_deplatforming_to_a_manager(deplatform, olga, at):
    sanction = deplatform()
    with pytest.raises(NotPermitted) as problem:
        lift_sanction(sanction=sanction, reason="Served.", actor=by(olga), at=at + 800 * DAY)
    assert problem.value.code == "manager_only"


def test_it_refuses_the_same_key_whoever_brings_it(buyer, deplatform, make_organization, prove, at):
    deplatform()
    stranger = make_organization("Stranger")
    assert refused(lambda: prove(stranger, buyer.private_key, "register")) == "barred"


def test_it_refuses_a_new_key_in_the_organization_itself(acme, alice, deplatform, at):
    deplatform()
    key = PrivateKey.generate().public_key
    by_alice = Actor(ActorKind.USER, alice.pk)
    assert refused(
        lambda: issue_challenge(organization=acme, purpose="register", public_key=key, actor=by_alice, at=at)
    ) == ("barred")


def test_it_refuses_a_new_organization_of_the_same_owner(alice, deplatform, at):
    deplatform()
    by_alice = Actor(ActorKind.USER, alice.pk)
    assert (
        refused(lambda: create_organization(name="Bcme", kind="organization", owner=alice, actor=by_alice, at=at))
        == "barred"
    )


def test_it_refuses_a_new_key_of_the_same_owner_under_an_organization_that_she_had_before(
    alice, make_organization, deplatform, prove, at
):
    other = make_organization("Other", alice)
    key = PrivateKey.generate()
    proof = prove(other, key, "register")
    deplatform()
    register = {"organization": other, "display_name": "Again", "actor": Actor(ActorKind.USER, alice.pk), "at": at}
    assert refused(lambda: register_agent(**register, **proof)) == "barred"


def test_it_refuses_the_owner_as_somebody_elses_hands(alice, make_organization, deplatform, at):
    other = make_organization("Other")
    add_member(organization=other, user=alice, role=Role.ADMINISTRATOR, actor=CLERK, at=at)
    deplatform()
    key = PrivateKey.generate().public_key
    by_alice = Actor(ActorKind.USER, alice.pk)
    assert refused(
        lambda: issue_challenge(organization=other, purpose="register", public_key=key, actor=by_alice, at=at)
    ) == ("barred")


def test_it_refuses_the_owner_as_an_owner_of_another_organization(alice, make_organization, deplatform, at):
    other = make_organization("Other")
    deplatform()
    assert refused(lambda: add_member(organization=other, user=alice, role=Role.OWNER, actor=CLERK, at=at)) == "barred"


def test_it_leaves_the_owner_a_place_of_her_own_to_appeal_from_where_no_agent_is_registered(alice, deplatform, at):
    deplatform()
    own = personal_organization(alice, at)
    assert own.kind == OrganizationKind.PERSON
    key = PrivateKey.generate().public_key
    by_alice = Actor(ActorKind.USER, alice.pk)
    assert refused(
        lambda: issue_challenge(organization=own, purpose="register", public_key=key, actor=by_alice, at=at)
    ) == ("barred")


@pytest.mark.parametrize("written", ["DE-HRB-12345", "de hrb 12345", "DEHRB12345", "ＤＥ hrb12345"])
def test_it_refuses_the_same_legal_id_however_it_is_written(
    written, acme, make_person, make_organization, deplatform, at
):
    update_organization(organization=acme, legal_id="DE HRB 12345", actor=CLERK, at=at)
    deplatform()
    straw = make_person("Straw")
    new = {"name": "Bcme", "kind": "organization", "owner": straw, "legal_id": written, "actor": CLERK, "at": at}
    assert refused(lambda: create_organization(**new)) == "barred"
    other = make_organization("Other")
    assert refused(lambda: update_organization(organization=other, legal_id=written, actor=CLERK, at=at)) == "barred"


@pytest.mark.parametrize("domain", ["acme-shop.example", "new.acme-shop.example", "ACME-shop.example"])
def test_it_refuses_the_same_domain_and_what_lies_below_it(domain, acme, make_organization, deplatform, at):
    event = DomainStateChanged(domain="acme-shop.example", state="proven", method="dns")
    record(event, subject="dom_1", actor=CLERK, at=at, organization=acme.pk)
    deplatform()
    other = make_organization("Other")
    assert refused(lambda: add_domain(organization=other, domain=domain, actor=CLERK, at=at)) == "barred"
    refuse_barred_domain("shop.example", at=at)


def test_it_bars_a_domain_that_was_given_up_lately_but_none_that_changed_hands(acme, deplatform, at):
    for domain, events in {
        "dropped.example": [DomainStateChanged("dropped.example", "proven", "dns"), DomainRemoved("dropped.example")],
        "lost.example": [
            DomainStateChanged("lost.example", "proven", "dns"),
            DomainStateChanged("lost.example", "lost", None),
        ],
    }.items():
        for event in events:
            record(event, subject=domain, actor=CLERK, at=at - DAY, organization=acme.pk)
    sanction = deplatform()
    barred = Bar.objects.filter(sanction=sanction.pk, kind=BarKind.DOMAIN).values_list("value", flat=True)
    assert list(barred) == ["dropped.example"]


def test_it_says_the_same_whatever_was_recognized(alice, buyer, acme, make_organization, deplatform, prove, at):
    deplatform()
    other = make_organization("Other")
    details = set()
    for act in (
        lambda: prove(other, buyer.private_key, "register"),
        lambda: add_member(organization=other, user=alice, role=Role.OWNER, actor=CLERK, at=at),
        lambda: create_zone(organization=acme, label="acmetwo", actor=CLERK, at=at),
    ):
        with pytest.raises(NotPermitted) as problem:
            act()
        details.add(problem.value.detail)
    assert len(details) == 1
    assert "appeal" in details.pop()


def test_it_lets_agents_wind_down_when_nobody_deceived(acme, buyer, deplatform, at):
    sanction = deplatform(reason=Reason.PATTERN_ACROSS_AGENTS, wind_down_days=14)
    acme.refresh_from_db()
    assert acme.deplatformed_at == sanction.agents_from == at + 14 * DAY
    assert not acme.is_deplatformed(at + 13 * DAY)
    assert acme.is_deplatformed(at + 14 * DAY)
    buyer.agent.refresh_from_db()
    assert buyer.agent.status == AgentStatus.ACTIVE
    assert buyer.agent.held_since == at
    assert end_wind_downs(at=at + 13 * DAY) == 0
    assert end_wind_downs(at=at + 14 * DAY) == 1
    assert end_wind_downs(at=at + 14 * DAY) == 0
    buyer.agent.refresh_from_db()
    assert buyer.agent.status == AgentStatus.REVOKED


def test_it_gives_no_new_authority_while_an_organization_winds_down(buyer, grant, deplatform):
    deplatform(reason=Reason.PATTERN_ACROSS_AGENTS, wind_down_days=14)
    assert refused(lambda: grant(buyer)) == "agent_not_active"


def test_it_lets_nothing_wind_down_where_somebody_deceived(deplatform):
    with pytest.raises(InvalidInput):
        deplatform(reason=Reason.CONFIRMED_FRAUD, wind_down_days=1)


def test_it_lists_associated_agents_for_a_decision_each_and_touches_none(
    alice, acme, make_organization, make_agent, deplatform, olga, at
):
    sister = make_agent(make_organization("Sister", alice), "Sister's agent")
    stranger = make_agent(make_organization("Far away"), "Stranger")
    sanction = deplatform()
    listed = sanction.associations.get()
    assert listed.agent == sister
    assert listed.because == ["owners_or_domain"]
    for agent in (sister, stranger):
        agent.refresh_from_db()
        assert agent.status == AgentStatus.ACTIVE
    decided = {
        "decision": AssociationDecision.NOTHING,
        "words": "Unrelated trade.",
        "actor": by(olga),
        "at": at,
    }
    decide_association(association=listed, **decided)
    assert refused(lambda: decide_association(association=listed, **decided)) == "association_decided"
    assert Event.objects.get(kind="sanction.associated_decided").payload["agent"] == sister.pk


def test_it_bars_what_was_dropped_while_operators_signed(acme, alice, bob, olga, oskar, manager, at):
    update_organization(organization=acme, legal_id="DE HRB 12345", actor=CLERK, at=at)
    case = open_case(organization=acme, detection=Detection.OPERATOR, actor=by(olga), at=at)
    proposal = Proposal(level=5, reason=Reason.EVASION, facts="It came back under another name.")
    sanction = propose_sanction(case=case, subject=acme, proposal=proposal, actor=by(olga), at=at)
    change_role(membership=acme.memberships.get(user=bob), role=Role.OWNER, actor=CLERK, at=at)
    remove_member(membership=acme.memberships.get(user=alice), actor=CLERK, at=at)
    update_organization(organization=acme, legal_id="", actor=CLERK, at=at)
    for operator in (oskar, manager):
        sign_sanction(sanction=sanction, actor=by(operator), at=at)
    barred = set(Bar.objects.values_list("kind", "value"))
    assert {("owner", alice.pk), ("owner", bob.pk), ("legal_id", "DEHRB12345")} <= barred
