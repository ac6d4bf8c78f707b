"""Appeals: who may ask, who decides, and that an overturn leaves nothing behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from identity.accounts.models import DeskRole
from identity.accounts.organizations import personal_organization
from identity.agents.models import Agent, AgentStatus
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict, InvalidInput, NotFound, NotPermitted
from reputation.moderation.appeals import (
    after_working_days,
    assign_appeal,
    decide_appeal,
    open_appeal,
    withdraw_appeal,
)
from reputation.moderation.cases import close_case
from reputation.moderation.findings import decide_report
from reputation.moderation.ladder import Reason
from reputation.moderation.lapse import expire_due
from reputation.moderation.models import Appeal, AppealOutcome, CaseOutcome, Detection, Finding, Sanction, SanctionState
from reputation.moderation.opening import open_case
from reputation.moderation.sanctions import (
    Proposal,
    impose_in_emergency,
    lift_sanction,
    propose_sanction,
    renew_sanction,
    sign_sanction,
)
from reputation.moderation.statement import appeal_deadline
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import AgentScore
from reputation.scoring.refresh import refresh_scores
from tests.moderation.conftest import CLERK, by
from tests.spending.conftest import TOTAL_500

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def case(buyer, olga, at):
    return open_case(agent=buyer.agent, detection=Detection.OPERATOR, summary="Fraud", actor=by(olga), at=at)


@pytest.fixture
def otto(make_person):
    """An operator who had no part in anything."""
    return make_person("Otto", is_staff=True)


@pytest.fixture
def suspension(case, olga, oskar, at):
    proposal = Proposal(level=3, reason=Reason.CONFIRMED_FRAUD, facts="Three were deceived.")
    sanction = impose_in_emergency(case=case, subject=case.agent, proposal=proposal, actor=by(olga), at=at)
    return sign_sanction(sanction=sanction, actor=by(oskar), at=at)


@pytest.fixture
def appeal(suspension, acme, at):
    return open_appeal(sanction=suspension, appellant=acme, words="It was not us.", actor=CLERK, at=at)


def code_of(act) -> str:
    with pytest.raises(AttornError) as problem:
        act()
    return problem.value.code


def agent_row(case) -> dict:
    return Agent.objects.filter(pk=case.agent_id).values().get()


def test_it_leaves_standing_and_score_as_if_nothing_had_been_decided(
    make_purchase, vendors, report, buyer, acme, olga, oskar, otto, at
):
    refresh_scores([buyer.agent.pk], at=at)
    score_before, agent_before = (
        AgentScore.objects.filter(pk=buyer.agent.pk).values().get(),
        Agent.objects.filter(pk=buyer.agent.pk).values().get(),
    )
    filed = [report(make_purchase(vendor)) for vendor in vendors]
    case = open_case(agent=buyer.agent, detection=Detection.OPERATOR, actor=by(olga), at=at)
    for one in filed:
        one.refresh_from_db()
        decide_report(report=one, finding=Finding.UPHELD, severity=SeverityKind.FRAUD, actor=by(olga), at=at)
    facts = {"reason": Reason.CONFIRMED_FRAUD, "facts": "Three vendors were deceived."}
    propose_sanction(case=case, subject=buyer.agent, proposal=Proposal(level=2, **facts), actor=by(olga), at=at)
    suspension = impose_in_emergency(
        case=case, subject=buyer.agent, proposal=Proposal(level=3, **facts), actor=by(olga), at=at
    )
    sign_sanction(sanction=suspension, actor=by(oskar), at=at)
    assert AgentScore.objects.get(pk=buyer.agent.pk).score < score_before["score"]
    appeal = open_appeal(sanction=suspension, appellant=acme, words="It was not us.", actor=CLERK, at=at)
    decide_appeal(appeal=appeal, outcome=AppealOutcome.OVERTURNED, words="The vendors erred.", actor=by(otto), at=at)
    score_after = AgentScore.objects.filter(pk=buyer.agent.pk).values().get()
    assert {k: v for k, v in score_after.items() if k != "computed_at"} == {
        k: v for k, v in score_before.items() if k != "computed_at"
    }
    assert Agent.objects.filter(pk=buyer.agent.pk).values().get() == agent_before
    assert set(case.sanctions.values_list("state", flat=True)) == {SanctionState.OVERTURNED}


def test_it_is_acknowledged_at_once_and_due_in_five_working_days(appeal, at):
    assert appeal.acknowledged_at == at
    assert appeal.due_at == after_working_days(at, 5)


@pytest.mark.parametrize(
    ("begun", "days", "due"),
    [
        (datetime(2026, 11, 20, 9, tzinfo=UTC), 5, datetime(2026, 11, 27, 9, tzinfo=UTC)),  # a Friday
        (datetime(2026, 11, 21, 9, tzinfo=UTC), 1, datetime(2026, 11, 23, 9, tzinfo=UTC)),  # a Saturday
        (datetime(2026, 11, 23, 9, tzinfo=UTC), 10, datetime(2026, 12, 7, 9, tzinfo=UTC)),
    ],
)
def test_it_counts_working_days_without_weekends(begun, days, due):
    assert after_working_days(begun, days) == due


def test_it_is_decided_by_nobody_who_had_a_part_in_the_case(appeal, case, olga, oskar, make_person, at):
    for operator in (olga, oskar):  # proposed and signed
        with pytest.raises(NotPermitted) as refused:
            decide_appeal(appeal=appeal, outcome=AppealOutcome.UPHELD, words="Stands.", actor=by(operator), at=at)
        assert refused.value.code == "appeal_not_yours"
    member = make_person("Mia", is_staff=True)
    acme = appeal.appellant
    acme.memberships.create(user=member, role="member")
    with pytest.raises(NotPermitted) as refused:
        decide_appeal(appeal=appeal, outcome=AppealOutcome.OVERTURNED, words="We win.", actor=by(member), at=at)
    assert refused.value.code == "conflict_of_interest"


def test_it_is_decided_by_nobody_who_decided_a_report_of_the_case(
    make_purchase, vendors, report, case, buyer, oskar, otto, olga, acme, make_person, at
):
    filed = report(make_purchase(vendors[0]))
    filed.refresh_from_db()
    decide_report(report=filed, finding=Finding.DISMISSED, actor=by(otto), at=at)
    proposal = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="x")
    throttle = propose_sanction(case=case, subject=buyer.agent, proposal=proposal, actor=by(oskar), at=at)
    appeal = open_appeal(sanction=throttle, appellant=acme, words="No.", actor=CLERK, at=at)
    decision = {"outcome": AppealOutcome.UPHELD, "words": "Stands.", "at": at}
    assert code_of(lambda: decide_appeal(appeal=appeal, actor=by(otto), **decision)) == "appeal_not_yours"
    assert code_of(lambda: decide_appeal(appeal=appeal, actor=by(olga), **decision)) == "appeal_not_yours"
    assert code_of(lambda: decide_appeal(appeal=appeal, actor=system("robot"), **decision)) == "operators_only"
    decide_appeal(appeal=appeal, actor=by(make_person("Ute", is_staff=True)), **decision)


def test_it_is_assigned_to_nobody_who_may_not_decide_it(appeal, olga, oskar, otto, at):
    assert code_of(lambda: assign_appeal(appeal=appeal, to=oskar, actor=by(olga), at=at)) == "appeal_not_yours"
    assert assign_appeal(appeal=appeal, to=otto, actor=by(olga), at=at).assigned_to == otto


def test_it_upholds_and_the_measure_stands(appeal, suspension, otto, case, at):
    decide_appeal(appeal=appeal, outcome=AppealOutcome.UPHELD, words="Rightly so.", actor=by(otto), at=at)
    suspension.refresh_from_db()
    assert suspension.state == SanctionState.EFFECTIVE
    assert agent_row(case)["status"] == AgentStatus.SUSPENDED
    assert Event.objects.get(kind="appeal.decided").payload["outcome"] == "upheld"


def test_it_puts_a_lesser_measure_in_the_place_of_a_grave_one(appeal, suspension, otto, case, at):
    lesser = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="Negligent, not fraudulent.")
    words = {"words": "Too much.", "actor": by(otto), "at": at}
    decided = decide_appeal(appeal=appeal, outcome=AppealOutcome.CHANGED, lesser=lesser, **words)
    suspension.refresh_from_db()
    assert suspension.state == SanctionState.REPLACED
    assert decided.replacement.replaces == suspension
    assert decided.replacement.state == SanctionState.EFFECTIVE
    assert agent_row(case)["status"] == AgentStatus.ACTIVE


def test_it_never_makes_things_worse(appeal, otto, at):
    for level in (3, 4):
        lesser = Proposal(level=level, reason=Reason.CONFIRMED_FRAUD, facts="x")
        with pytest.raises(InvalidInput):
            decide_appeal(appeal=appeal, outcome=AppealOutcome.CHANGED, lesser=lesser, words="x", actor=by(otto), at=at)


def test_it_is_one_a_measure_and_none_of_what_an_appeal_decided(appeal, suspension, acme, otto, at):
    again = {"appellant": acme, "words": "Again.", "actor": CLERK, "at": at}
    assert code_of(lambda: open_appeal(sanction=suspension, **again)) == "appeal_exists"
    lesser = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="x")
    decided = decide_appeal(
        appeal=appeal, outcome=AppealOutcome.CHANGED, lesser=lesser, words="x", actor=by(otto), at=at
    )
    assert code_of(lambda: open_appeal(sanction=suspension, **again)) == "appeal_exists"
    assert code_of(lambda: open_appeal(sanction=decided.replacement, **again)) == "appeal_of_appeal"


def test_it_is_decided_once(appeal, otto, at):
    decision = {"appeal": appeal, "words": "x", "actor": by(otto), "at": at}
    decide_appeal(outcome=AppealOutcome.UPHELD, **decision)
    assert code_of(lambda: decide_appeal(outcome=AppealOutcome.OVERTURNED, **decision)) == "appeal_ended"
    assert code_of(lambda: withdraw_appeal(appeal=appeal, actor=CLERK, at=at)) == "appeal_ended"


@pytest.mark.parametrize(
    ("begun", "until"),
    [
        (datetime(2026, 5, 21, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
        (datetime(2026, 8, 31, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)),
    ],
)
def test_it_counts_six_months_to_the_same_day_or_the_last(begun, until, suspension):
    suspension.starts_at = begun
    assert appeal_deadline(suspension) == until


def test_it_is_too_late_after_six_months_and_not_a_second_before(suspension, acme, at):
    deadline = appeal_deadline(suspension)
    late = {"sanction": suspension, "appellant": acme, "words": "Late.", "actor": CLERK}
    assert code_of(lambda: open_appeal(at=deadline, **late)) == "appeal_too_late"
    open_appeal(at=deadline - timedelta(seconds=1), **late)


def test_it_can_be_made_against_a_measure_that_has_run_out_since_it_still_weighs(suspension, acme, otto, at):
    expire_due(at=at + 31 * DAY)
    appeal = open_appeal(sanction=suspension, appellant=acme, words="Wrong.", actor=CLERK, at=at + 32 * DAY)
    decided = decide_appeal(
        appeal=appeal, outcome=AppealOutcome.OVERTURNED, words="Indeed.", actor=by(otto), at=at + 33 * DAY
    )
    assert decided.outcome == AppealOutcome.OVERTURNED
    suspension.refresh_from_db()
    assert suspension.state == SanctionState.EXPIRED


def test_it_is_open_to_a_principal_of_the_agent_and_to_no_stranger(
    buyer, grant, make_person, make_organization, olga, oskar, at
):
    anna = personal_organization(make_person("Anna"), at)
    grant(buyer, TOTAL_500, principal=anna)
    case = open_case(agent=buyer.agent, detection=Detection.OPERATOR, actor=by(olga), at=at)
    proposal = Proposal(level=4, reason=Reason.CONFIRMED_FRAUD, facts="x")
    sanction = propose_sanction(case=case, subject=buyer.agent, proposal=proposal, actor=by(olga), at=at)
    words = {"words": "My agent did nothing.", "actor": CLERK, "at": at}
    with pytest.raises(NotFound):
        open_appeal(sanction=sanction, appellant=anna, **words)  # a proposal is nobody's business
    sign_sanction(sanction=sanction, actor=by(oskar), at=at)
    with pytest.raises(NotFound):
        open_appeal(sanction=sanction, appellant=make_organization("Stranger"), **words)
    appeal = open_appeal(sanction=sanction, appellant=anna, **words)
    assert appeal.appellant_kind == "principal"
    by_anna = Actor(ActorKind.USER, anna.person_id)
    assert withdraw_appeal(appeal=appeal, actor=by_anna, at=at).state == "withdrawn"


@pytest.fixture
def anna(buyer, grant, make_person, at):
    """A principal of the agent, as it was before any measure."""
    anna = personal_organization(make_person("Anna"), at)
    grant(buyer, TOTAL_500, principal=anna)
    return anna


def test_a_principal_uses_up_her_own_right_and_nobody_elses(anna, suspension, acme, otto, at):
    words = {"sanction": suspension, "words": "No.", "actor": CLERK, "at": at}
    withdraw_appeal(appeal=open_appeal(appellant=anna, **words), actor=CLERK, at=at)
    assert code_of(lambda: open_appeal(appellant=anna, **words)) == "appeal_exists"
    own = open_appeal(appellant=acme, **words)
    decide_appeal(appeal=own, outcome=AppealOutcome.OVERTURNED, words="Right.", actor=by(otto), at=at)
    suspension.refresh_from_db()
    assert suspension.state == SanctionState.OVERTURNED
    assert suspension.appeal == own


def test_the_database_takes_one_of_each_party(anna, appeal, at):
    for kind, appellant in (("subject", anna), ("principal", appeal.appellant)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.create(
                sanction=appeal.sanction, appellant=appellant, appellant_kind=kind, words="x", due_at=at
            )


def test_what_one_appeal_overturns_is_overturned_for_all_that_wait(anna, suspension, acme, otto, at):
    words = {"sanction": suspension, "words": "No.", "actor": CLERK, "at": at}
    first, second = open_appeal(appellant=anna, **words), open_appeal(appellant=acme, **words)
    decide_appeal(appeal=first, outcome=AppealOutcome.OVERTURNED, words="Right.", actor=by(otto), at=at)
    second.refresh_from_db()
    assert (second.outcome, second.decision_words, second.decided_by) == ("overturned", "Right.", otto)
    assert Event.objects.filter(kind="appeal.decided", subject=second.pk).exists()


def test_a_second_appeal_overturns_what_the_first_had_lowered(anna, buyer, acme, olga, oskar, otto, make_person, at):
    proposal = Proposal(level=3, reason=Reason.CONFIRMED_FRAUD, facts="x")
    emergency = impose_in_emergency(case=None, subject=buyer.agent, proposal=proposal, actor=by(olga), at=at)
    suspension = sign_sanction(sanction=emergency, actor=by(oskar), at=at)
    words = {"sanction": suspension, "words": "No.", "actor": CLERK, "at": at}
    first, second = open_appeal(appellant=acme, **words), open_appeal(appellant=anna, **words)
    lesser = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="x")
    lowered = decide_appeal(
        appeal=first, outcome=AppealOutcome.CHANGED, lesser=lesser, words="x", actor=by(otto), at=at
    ).replacement
    overturn = {"appeal": second, "outcome": AppealOutcome.OVERTURNED, "words": "Wholly wrong.", "at": at}
    assert code_of(lambda: decide_appeal(actor=by(otto), **overturn)) == "appeal_not_yours"  # he signed the lesser one
    decide_appeal(actor=by(make_person("Ute", is_staff=True)), **overturn)
    lowered.refresh_from_db()
    assert lowered.state == SanctionState.OVERTURNED


def test_whoever_let_the_measure_go_on_does_not_decide(case, acme, olga, otto, at):
    proposal = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="x")
    throttle = propose_sanction(case=case, subject=case.agent, proposal=proposal, actor=by(olga), at=at)
    renew_sanction(sanction=throttle, actor=by(otto), at=at)
    appeal = open_appeal(sanction=throttle, appellant=acme, words="No.", actor=CLERK, at=at)
    decision = {"outcome": AppealOutcome.UPHELD, "words": "Stands.", "at": at}
    assert code_of(lambda: decide_appeal(appeal=appeal, actor=by(otto), **decision)) == "appeal_not_yours"


def test_what_it_overturned_is_not_imposed_once_more_on_the_same_case(appeal, case, olga, oskar, otto, at):
    decide_appeal(appeal=appeal, outcome=AppealOutcome.OVERTURNED, words="No.", actor=by(otto), at=at)
    again = {"subject": case.agent, "proposal": Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="x"), "at": at}
    assert code_of(lambda: propose_sanction(case=case, actor=by(olga), **again)) == "case_overturned"
    close_case(case=case, outcome=CaseOutcome.NO_MEASURE, words="Overruled.", actor=by(olga), at=at)
    anew = open_case(agent=case.agent, detection=Detection.OPERATOR, summary="New", actor=by(olga), at=at)
    assert propose_sanction(case=anew, actor=by(olga), **again).state == SanctionState.EFFECTIVE


def test_it_is_open_to_whoever_claimed_an_agent_that_was_labeled_before(buyer, acme, olga, otto, at):
    Agent.objects.filter(pk=buyer.agent.pk).update(organization=None, status=AgentStatus.UNCLAIMED)
    proposal = Proposal(level=1, reason=Reason.IMPERSONATION, facts="x")
    foreign = Agent.objects.get(pk=buyer.agent.pk)
    label = propose_sanction(case=None, subject=foreign, proposal=proposal, actor=by(olga), at=at)
    Agent.objects.filter(pk=foreign.pk).update(organization=acme, status=AgentStatus.ACTIVE)
    label = Sanction.objects.get(pk=label.pk)
    appeal = open_appeal(sanction=label, appellant=acme, words="We run it.", actor=CLERK, at=at)
    assert appeal.appellant_kind == "subject"
    decide_appeal(appeal=appeal, outcome=AppealOutcome.OVERTURNED, words="True.", actor=by(otto), at=at)
    label.refresh_from_db()
    assert label.state == SanctionState.OVERTURNED


def test_it_admits_a_deplatformed_organization_again_when_overturned(acme, buyer, olga, oskar, otto, make_person, at):
    mona = make_person("Mona", is_staff=True, desk_role=DeskRole.MANAGER)
    before = Agent.objects.filter(pk=buyer.agent.pk).values().get()
    case = open_case(organization=acme, detection=Detection.OPERATOR, actor=by(olga), at=at)
    proposal = Proposal(level=5, reason=Reason.EVASION, facts="x")
    sanction = propose_sanction(case=case, subject=acme, proposal=proposal, actor=by(olga), at=at)
    for operator in (oskar, mona):
        sign_sanction(sanction=sanction, actor=by(operator), at=at)
    appeal = open_appeal(sanction=sanction, appellant=acme, words="No.", actor=CLERK, at=at)
    decide_appeal(appeal=appeal, outcome=AppealOutcome.OVERTURNED, words="Mistaken.", actor=by(otto), at=at)
    acme.refresh_from_db()
    assert acme.deplatformed_at is None
    assert Agent.objects.filter(pk=buyer.agent.pk).values().get() == before


def test_it_finds_nothing_to_change_in_a_measure_that_was_lifted(appeal, suspension, olga, otto, at):
    lift_sanction(sanction=suspension, reason="Settled.", actor=by(olga), at=at)
    lesser = Proposal(level=1, reason=Reason.DISPUTE_RATIO, facts="x")
    with pytest.raises(Conflict) as refused:
        decide_appeal(appeal=appeal, outcome=AppealOutcome.CHANGED, lesser=lesser, words="x", actor=by(otto), at=at)
    assert refused.value.code == "sanction_ended"
