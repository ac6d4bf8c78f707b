"""What measures do to standings, and that their end puts everything back to the letter."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents.did_document import did_document
from identity.agents.keys import RevocationReason, revoke_key
from identity.agents.lifecycle import (
    DeactivationReason,
    SuspensionReason,
    deactivate,
    reinstate,
    suspend,
)
from identity.agents.models import Agent, AgentStatus, SuspendedBy
from identity.agents.register import update_agent
from identity.journal.models import Event
from identity.primitives.errors import Conflict, Gone, NotPermitted
from identity.spending.models import AgentTerms, Authorization, AuthorizationState
from reputation.moderation.effects import put_under_measures
from reputation.moderation.ladder import Reason
from reputation.moderation.lapse import expire_due
from reputation.moderation.models import Detection, SanctionState
from reputation.moderation.opening import open_case
from reputation.moderation.sanctions import Proposal, lift_sanction, propose_sanction, renew_sanction, sign_sanction
from tests.moderation.conftest import CLERK, by
from tests.spending.conftest import TOTAL_500, Shop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def case(buyer, olga, at):
    return open_case(agent=buyer.agent, detection=Detection.OPERATOR, summary="Fraud", actor=by(olga), at=at)


@pytest.fixture
def impose(case, olga, oskar, at):
    """A measure with all its signatures."""

    def make(level: int, *, subject=None, when=at, **more):
        proposal = Proposal(level=level, reason=Reason.CONFIRMED_FRAUD, facts="Three were deceived.", **more)
        sanction = propose_sanction(
            case=case, subject=subject or case.agent, proposal=proposal, actor=by(olga), at=when
        )
        return sanction if sanction.confirm_by is None else sign_sanction(sanction=sanction, actor=by(oskar), at=when)

    return make


def fresh(holder) -> Agent:
    return Agent.objects.get(pk=holder.agent.pk)


def standing(agent: Agent) -> tuple:
    return (agent.status, agent.status_reason, agent.suspended_by, agent.status_changed_at, agent.held_since)


@pytest.mark.parametrize("level", [3, 4])
def test_it_puts_the_agent_back_to_the_letter_when_a_measure_ends(level, buyer, impose, olga, at):
    before = standing(fresh(buyer))
    sanction = impose(level)
    assert standing(fresh(buyer)) != before
    lift_sanction(sanction=sanction, reason="Settled.", actor=by(olga), at=at + DAY)
    assert standing(fresh(buyer)) == before


def test_it_puts_back_a_suspension_that_the_organization_itself_had_begun(buyer, impose, olga, at):
    suspend(agent=buyer.agent, reason=SuspensionReason.MAINTENANCE, by=SuspendedBy.CONTROLLER, actor=CLERK, at=at - DAY)
    before = standing(fresh(buyer))
    sanction = impose(4)
    assert fresh(buyer).status == AgentStatus.REVOKED
    lift_sanction(sanction=sanction, reason="Settled.", actor=by(olga), at=at + DAY)
    assert standing(fresh(buyer)) == before
    reinstate(agent=buyer.agent, by=SuspendedBy.CONTROLLER, actor=CLERK, at=at + DAY)


def test_it_lets_the_gravest_measure_count_in_whatever_order_they_end(buyer, impose, olga, at):
    before = standing(fresh(buyer))
    suspension, revocation = impose(3), impose(4, when=at + DAY)
    assert fresh(buyer).status == AgentStatus.REVOKED
    lift_sanction(sanction=suspension, reason="x", actor=by(olga), at=at + 2 * DAY)
    assert fresh(buyer).status == AgentStatus.REVOKED
    lift_sanction(sanction=revocation, reason="x", actor=by(olga), at=at + 2 * DAY)
    assert standing(fresh(buyer)) == before


def test_it_goes_back_to_the_suspension_when_only_the_revocation_ends(buyer, impose, olga, at):
    impose(3)
    suspended = standing(fresh(buyer))
    revocation = impose(4, when=at + DAY)
    lift_sanction(sanction=revocation, reason="x", actor=by(olga), at=at + 2 * DAY)
    assert standing(fresh(buyer)) == suspended


def test_it_throttles_by_the_terms_that_every_authorization_reads(buyer, impose, olga, at):
    sanction = impose(2)
    assert AgentTerms.objects.get(agent=buyer.agent).is_throttled
    assert fresh(buyer).status == AgentStatus.ACTIVE
    lift_sanction(sanction=sanction, reason="x", actor=by(olga), at=at)
    assert not AgentTerms.objects.get(agent=buyer.agent).is_throttled


def test_it_throttles_every_agent_of_an_organization(make_holder, acme, buyer, case, olga, at):
    other = make_holder("Second")
    proposal = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="Half a per cent over all.")
    propose_sanction(case=case, subject=acme, proposal=proposal, actor=by(olga), at=at)
    for holder in (buyer, other):
        assert AgentTerms.objects.get(agent=holder.agent).is_throttled


def test_it_ends_by_itself_when_its_time_runs_out(buyer, impose, at):
    sanction = impose(3, days=2)
    assert expire_due(at=at + DAY) == 0
    assert expire_due(at=at + 2 * DAY) == 1
    sanction.refresh_from_db()
    assert sanction.state == SanctionState.EXPIRED
    assert fresh(buyer).status == AgentStatus.ACTIVE


def test_it_renews_a_throttle_once_and_nothing_else(impose, olga, at):
    throttle = impose(2)
    renewed = renew_sanction(sanction=throttle, actor=by(olga), at=at)
    assert renewed.ends_at == at + 60 * DAY
    for sanction in (throttle, impose(3)):
        with pytest.raises(Conflict) as refused:
            renew_sanction(sanction=sanction, actor=by(olga), at=at)
        assert refused.value.code == "sanction_not_renewable"


@pytest.mark.parametrize("level", [3, 4])
def test_it_voids_what_stands_open_and_below(level, buyer, planner, grant, pass_on, make_vendor, case, olga, oskar, at):
    vendor = make_vendor("Laden")
    root = grant(planner, TOTAL_500, max_further_depth=1)
    child = pass_on(root, planner, buyer, TOTAL_500)
    decided = Shop(vendor, at).spend(buyer, child, 300)
    assert decided.authorization, decided.record["reasons"]
    proposal = Proposal(level=level, reason=Reason.CONFIRMED_FRAUD, facts="x")
    about = open_case(agent=planner.agent, detection=Detection.OPERATOR, actor=by(olga), at=at)
    sanction = propose_sanction(case=about, subject=planner.agent, proposal=proposal, actor=by(olga), at=at)
    assert Authorization.objects.get(pk=decided.authorization).state == AuthorizationState.OPEN
    sign_sanction(sanction=sanction, actor=by(oskar), at=at)
    held = Authorization.objects.get(pk=decided.authorization)
    assert (held.state, held.close_reason) == (AuthorizationState.CLOSED, "revoked")
    assert Event.objects.get(kind="sanction.holds_voided").payload["count"] == 1


def test_it_lets_a_held_agent_neither_leave_nor_change(buyer, impose, prove, acme, at):
    impose(3)
    agent = fresh(buyer)
    with pytest.raises(Conflict) as refused:
        deactivate(agent=agent, reason=DeactivationReason.REPLACED, actor=CLERK, at=at)
    assert refused.value.code == "registry_hold"
    with pytest.raises(Conflict):
        update_agent(agent=agent, display_name="Somebody else", actor=CLERK, at=at)
    with pytest.raises(Conflict):
        revoke_key(agent=agent, fragment="key-1", reason=RevocationReason.UNSPECIFIED, actor=CLERK, at=at)
    with pytest.raises(NotPermitted):
        reinstate(agent=agent, by=SuspendedBy.CONTROLLER, actor=CLERK, at=at)


def test_it_lets_a_lost_key_be_reported_even_under_a_hold(buyer, impose, at):
    impose(3)
    method = revoke_key(agent=fresh(buyer), fragment="key-1", reason=RevocationReason.COMPROMISED, actor=CLERK, at=at)
    assert method.revoked_at == at


def test_it_lets_the_keys_of_a_revoked_agent_speak_for_nobody_but_keeps_them(buyer, impose, olga, at):
    sanction = impose(4)
    assert "verificationMethod" not in did_document(fresh(buyer), at)
    assert buyer.agent.verification_methods.get().is_valid(at)
    with pytest.raises(Gone) as gone:
        update_agent(agent=fresh(buyer), display_name="New", actor=CLERK, at=at)
    assert gone.value.code == "agent_revoked"
    lift_sanction(sanction=sanction, reason="x", actor=by(olga), at=at)
    assert "verificationMethod" in did_document(fresh(buyer), at)


@pytest.mark.parametrize(("level", "status"), [(2, AgentStatus.ACTIVE), (3, AgentStatus.SUSPENDED)])
def test_a_new_agent_of_a_measured_organization_stands_under_it_at_once(
    level, status, acme, make_agent, olga, oskar, at
):
    proposal = Proposal(level=level, reason=Reason.CONFIRMED_FRAUD, facts="x")
    whole = propose_sanction(case=None, subject=acme, proposal=proposal, actor=by(olga), at=at)
    if level == 3:
        sign_sanction(sanction=whole, actor=by(oskar), at=at)
    agent = put_under_measures(make_agent(acme, "Another"), at=at)
    assert (agent.status, agent.held_since is not None) == (status, level == 3)
    assert AgentTerms.objects.filter(agent=agent, is_throttled=True).exists() is (level == 2)
