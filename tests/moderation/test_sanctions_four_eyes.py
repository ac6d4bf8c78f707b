"""Who decides what: the ladder, four eyes, emergencies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from identity.accounts.models import DeskRole
from identity.agents.models import Agent, AgentStatus
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from reputation.moderation.ladder import LADDER, Level, Reason
from reputation.moderation.lapse import end_due_about, lapse_due
from reputation.moderation.models import Detection, Sanction, SanctionState
from reputation.moderation.opening import open_case
from reputation.moderation.sanctions import (
    Proposal,
    impose_in_emergency,
    lift_sanction,
    propose_sanction,
    sign_sanction,
    withdraw_proposal,
)
from tests.moderation.conftest import by

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def fraud(level: int, **more: Any) -> Proposal:
    return Proposal(level=level, reason=Reason.CONFIRMED_FRAUD, facts="Three vendors were deceived.", **more)


@pytest.fixture
def case(buyer, olga, at):
    return open_case(agent=buyer.agent, detection=Detection.OPERATOR, summary="Fraud", actor=by(olga), at=at)


@pytest.fixture
def manager(make_person):
    return make_person("Mona", is_staff=True, desk_role=DeskRole.MANAGER)


@pytest.fixture
def otto(make_person):
    return make_person("Otto", is_staff=True)


def agent_of(case) -> Agent:
    return Agent.objects.get(pk=case.agent_id)


@pytest.mark.parametrize("level", [1, 2])
def test_it_takes_one_signature_for_a_label_and_a_throttle(level, case, olga, at):
    sanction = propose_sanction(case=case, subject=case.agent, proposal=fraud(level), actor=by(olga), at=at)
    assert sanction.state == SanctionState.EFFECTIVE
    assert sanction.ends_at == at + timedelta(days=LADDER[Level(level)].days)
    assert sanction.confirm_by is None


@pytest.mark.parametrize("level", [3, 4])
def test_it_takes_two_signatures_to_suspend_or_revoke(level, case, olga, oskar, at):
    sanction = propose_sanction(case=case, subject=case.agent, proposal=fraud(level), actor=by(olga), at=at)
    assert sanction.state == SanctionState.PROPOSED
    assert agent_of(case).status == AgentStatus.ACTIVE
    sign_sanction(sanction=sanction, actor=by(oskar), at=at)
    sanction.refresh_from_db()
    assert sanction.state == SanctionState.EFFECTIVE
    assert agent_of(case).status == {3: AgentStatus.SUSPENDED, 4: AgentStatus.REVOKED}[level]


def test_it_takes_two_and_a_manager_to_deplatform(case, acme, olga, oskar, otto, manager, at):
    sanction = propose_sanction(case=case, subject=acme, proposal=fraud(5), actor=by(olga), at=at)
    sign_sanction(sanction=sanction, actor=by(oskar), at=at)
    sign_sanction(sanction=sanction, actor=by(otto), at=at)
    sanction.refresh_from_db()
    assert sanction.state == SanctionState.PROPOSED, "three analysts are no manager"
    sign_sanction(sanction=sanction, actor=by(manager), at=at)
    acme.refresh_from_db()
    assert acme.is_deplatformed(at)
    assert agent_of(case).status == AgentStatus.REVOKED


def test_it_counts_one_persons_two_signatures_as_one(case, olga, at):
    sanction = propose_sanction(case=case, subject=case.agent, proposal=fraud(4), actor=by(olga), at=at)
    with pytest.raises(Conflict) as refused:
        sign_sanction(sanction=sanction, actor=by(olga), at=at)
    assert refused.value.code == "signed_already"


def test_it_suspends_in_an_emergency_on_one_signature_until_it_lapses(case, olga, at):
    sanction = impose_in_emergency(case=case, subject=case.agent, proposal=fraud(3), actor=by(olga), at=at)
    assert agent_of(case).status == AgentStatus.SUSPENDED
    assert sanction.confirm_by == at + 72 * HOUR
    assert lapse_due(at=at + 71 * HOUR) == 0
    assert lapse_due(at=at + 72 * HOUR) == 1
    sanction.refresh_from_db()
    assert sanction.state == SanctionState.LAPSED
    assert agent_of(case).status == AgentStatus.ACTIVE
    assert agent_of(case).held_since is None
    assert lapse_due(at=at + 73 * HOUR) == 0


def test_it_does_not_lapse_once_a_second_operator_confirmed(case, olga, oskar, at):
    sanction = impose_in_emergency(case=case, subject=case.agent, proposal=fraud(3), actor=by(olga), at=at)
    sign_sanction(sanction=sanction, actor=by(oskar), at=at + HOUR)
    assert lapse_due(at=at + 100 * HOUR) == 0
    with pytest.raises(Conflict) as refused:
        sign_sanction(sanction=sanction, actor=by(oskar), at=at + HOUR)
    assert refused.value.code == "sanction_confirmed"


def test_it_confirms_nothing_that_has_lapsed_whether_or_not_the_job_ran(case, olga, oskar, at):
    sanction = impose_in_emergency(case=case, subject=case.agent, proposal=fraud(3), actor=by(olga), at=at)
    with pytest.raises(Conflict) as refused:
        sign_sanction(sanction=sanction, actor=by(oskar), at=at + 72 * HOUR)
    assert refused.value.code == "sanction_ended"


@pytest.mark.parametrize("level", [1, 2, 4])
def test_it_knows_no_emergency_but_a_suspension(level, case, olga, at):
    with pytest.raises(InvalidInput):
        impose_in_emergency(case=case, subject=case.agent, proposal=fraud(level), actor=by(olga), at=at)


def test_it_holds_the_entry_while_a_suspension_is_only_proposed_and_frees_it_when_nobody_signs(case, olga, at):
    propose_sanction(case=case, subject=case.agent, proposal=fraud(3), actor=by(olga), at=at)
    assert agent_of(case).held_since == at
    assert lapse_due(at=at + timedelta(days=7)) == 1
    assert agent_of(case).held_since is None


def test_it_frees_the_entry_when_a_proposal_is_withdrawn(case, olga, oskar, at):
    sanction = propose_sanction(case=case, subject=case.agent, proposal=fraud(4), actor=by(olga), at=at)
    withdraw_proposal(sanction=sanction, reason="Not proven.", actor=by(oskar), at=at)
    assert agent_of(case).held_since is None
    assert Event.objects.get(kind="sanction.ended").organization is None, "nobody is told of a mere proposal"


def test_it_lets_nobody_judge_an_organization_of_her_own(case, acme, bob, at):
    bob.is_staff = True
    bob.save(update_fields=["is_staff"])
    with pytest.raises(NotPermitted) as refused:
        propose_sanction(case=case, subject=case.agent, proposal=fraud(2), actor=by(bob), at=at)
    assert refused.value.code == "conflict_of_interest"


@pytest.mark.parametrize("level", [2, 3, 4])
def test_it_lets_the_registry_itself_propose_a_label_and_no_more(level, case, at):
    sanction = propose_sanction(case=case, subject=case.agent, proposal=fraud(1), actor=system("triage"), at=at)
    assert sanction.state == SanctionState.PROPOSED
    with pytest.raises(NotPermitted):
        propose_sanction(case=case, subject=case.agent, proposal=fraud(level), actor=system("triage"), at=at)


def test_it_puts_no_more_than_a_label_on_association_alone(case, olga, at):
    for level in (2, 3, 4):
        proposal = Proposal(level=level, reason=Reason.ASSOCIATION, facts="Same owner.")
        with pytest.raises(InvalidInput):
            propose_sanction(case=case, subject=case.agent, proposal=proposal, actor=by(olga), at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sanction.objects.create(
            agent=case.agent,
            level=2,
            reason=Reason.ASSOCIATION,
            facts="x",
            detection=Detection.OPERATOR,
            proposed_by="t",
        )


@pytest.mark.parametrize(("level", "signers"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2)])
def test_it_has_the_database_refuse_a_measure_with_too_few_signatures(level, signers, case, acme, olga, oskar, at):
    subject = acme if level == 5 else case.agent
    sanction = (
        propose_sanction(case=case, subject=subject, proposal=fraud(level), actor=by(olga), at=at)
        if signers
        else Sanction.objects.create(
            agent=case.agent,
            organization=acme,
            level=level,
            reason=Reason.SPAM,
            facts="x",
            detection=Detection.OPERATOR,
            proposed_by="t",
        )
    )
    if signers == 2:
        sign_sanction(sanction=sanction, actor=by(oskar), at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sanction.objects.filter(pk=sanction.pk).update(state=SanctionState.EFFECTIVE, starts_at=at, confirm_by=None)


def test_it_never_lets_a_signature_change_or_go(case, olga, at):
    sanction = propose_sanction(case=case, subject=case.agent, proposal=fraud(2), actor=by(olga), at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        sanction.signatures.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        sanction.signatures.update(role=DeskRole.MANAGER)


def test_it_lets_nothing_begin_again_that_has_ended(case, olga, at):
    sanction = propose_sanction(case=case, subject=case.agent, proposal=fraud(2), actor=by(olga), at=at)
    lift_sanction(sanction=sanction, reason="Settled.", actor=by(olga), at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sanction.objects.filter(pk=sanction.pk).update(state=SanctionState.EFFECTIVE, ended_at=None)


def test_it_writes_down_every_act(case, olga, oskar, at):
    sanction = impose_in_emergency(case=case, subject=case.agent, proposal=fraud(3), actor=by(olga), at=at)
    sign_sanction(sanction=sanction, actor=by(oskar), at=at)
    lift_sanction(sanction=sanction, reason="Settled.", actor=by(oskar), at=at)
    kinds = list(Event.objects.filter(subject=sanction.pk).order_by("written_order").values_list("kind", flat=True))
    assert kinds == [
        "sanction.proposed",
        "sanction.signed",
        "sanction.imposed",
        "sanction.signed",
        "sanction.confirmed",
        "sanction.ended",
    ]


def test_it_lets_nobody_suspend_alone_one_emergency_after_another(case, acme, buyer, olga, oskar, at):
    alone = {"case": None, "proposal": fraud(3), "actor": by(olga)}
    lifted = impose_in_emergency(subject=buyer.agent, at=at, **alone)
    lift_sanction(sanction=lifted, reason="Again from the beginning.", actor=by(olga), at=at + 71 * HOUR)
    for subject in (buyer.agent, acme):
        with pytest.raises(Conflict) as refused:
            impose_in_emergency(subject=subject, at=at + 72 * HOUR, **alone)
        assert refused.value.code == "emergency_unconfirmed"
    propose_sanction(case=case, subject=case.agent, proposal=fraud(3), actor=by(olga), at=at + 72 * HOUR)
    assert agent_of(case).status == AgentStatus.ACTIVE
    withdraw_proposal(sanction=case.sanctions.get(), reason="No.", actor=by(olga), at=at + 72 * HOUR)
    another = impose_in_emergency(subject=buyer.agent, at=at + 72 * HOUR, **alone | {"actor": by(oskar)})
    assert another.state == SanctionState.EFFECTIVE


def test_it_ends_what_is_due_before_it_decides_anew_though_nobody_swept(case, olga, oskar, at):
    first = impose_in_emergency(case=case, subject=case.agent, proposal=fraud(3), actor=by(olga), at=at)
    propose_sanction(case=case, subject=case.agent, proposal=fraud(1), actor=by(oskar), at=at + 73 * HOUR)
    first.refresh_from_db()
    assert (first.state, agent_of(case).status) == (SanctionState.LAPSED, AgentStatus.ACTIVE)


def test_it_ends_at_the_touch_of_whoever_was_refused(case, olga, at):
    first = impose_in_emergency(case=case, subject=case.agent, proposal=fraud(3), actor=by(olga), at=at)
    assert end_due_about([case.agent_id], at=at + 71 * HOUR) == 0
    assert end_due_about([case.agent_id], at=at + 72 * HOUR) == 1
    first.refresh_from_db()
    assert (first.state, agent_of(case).status) == (SanctionState.LAPSED, AgentStatus.ACTIVE)
