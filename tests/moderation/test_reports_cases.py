"""What operators do with cases: take, note, weigh each report, close; and who of them may not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from identity.accounts.models import Role
from identity.accounts.organizations import add_member, personal_organization
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from reputation.moderation.cases import add_note, add_report, assign_case, close_case, leave_out
from reputation.moderation.findings import decide_report, reopen_report
from reputation.moderation.involvement import conflict_of_interest, deciders_of
from reputation.moderation.models import Case, CaseOutcome, Detection, Finding, Report
from reputation.moderation.opening import open_case
from reputation.moderation.reports import file_report
from reputation.moderation.standing_to_report import Reporter
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import CaseEvidence, OpenDispute
from tests.moderation.conftest import CLERK, by

pytestmark = pytest.mark.django_db


@pytest.fixture
def filed(vendors, make_purchase, report) -> Report:
    return report(make_purchase(vendors[0]))


@pytest.fixture
def case(filed, olga, at) -> Case:
    return open_case(agent=filed.about, detection=Detection.OPERATOR, summary="Odd.", actor=by(olga), at=at)


def uphold(report, operator, at, severity=SeverityKind.DISPUTE):
    return decide_report(report=report, finding=Finding.UPHELD, severity=severity, actor=by(operator), at=at)


def again(row):
    return type(row).objects.get(pk=row.pk)


def refused_code(refused) -> str:
    return refused.value.code


def test_it_opens_one_case_an_agent_and_takes_in_what_waits(case, filed, olga, at):
    assert list(case.reports.all()) == [filed]
    assert (case.severity, case.summary, case.opened_by) == (4, "Odd.", f"operator:{olga.pk}")
    assert open_case(agent=filed.about, detection=Detection.OPERATOR, actor=by(olga), at=at) == case
    assert Event.objects.filter(kind="case.opened").count() == 1


def test_it_opens_a_case_about_an_organization_as_a_whole_too(acme, case, olga, at):
    whole = open_case(organization=acme, detection=Detection.OPERATOR, actor=by(olga), at=at)
    assert whole != case
    assert (whole.agent, whole.organization) == (None, acme)
    assert open_case(organization=acme, detection=Detection.OPERATOR, actor=by(olga), at=at) == whole
    with pytest.raises(InvalidInput):
        open_case(detection=Detection.OPERATOR, actor=by(olga), at=at)


def test_it_makes_evidence_of_an_upheld_report_once(case, filed, olga, at):
    uphold(again(filed), olga, at)
    evidence = CaseEvidence.objects.get()
    assert (evidence.agent, evidence.case, evidence.report) == (filed.about, case.pk, filed.pk)
    assert (evidence.vendor, evidence.quality, evidence.severity) == (filed.vendor, 0.6, "dispute")
    assert evidence.authorization == filed.authorization
    assert not OpenDispute.objects.exists()
    assert again(filed).state == "upheld"
    assert again(filed).decided_by == olga
    with pytest.raises(Conflict) as refused:
        uphold(again(filed), olga, at)
    assert refused_code(refused) == "report_decided"


def test_it_takes_whole_findings_only(case, filed, olga, at):
    with pytest.raises(InvalidInput) as refused:
        decide_report(report=filed, finding=Finding.UPHELD, actor=by(olga), at=at)
    assert refused_code(refused) == "severity_required"
    with pytest.raises(InvalidInput) as refused:
        decide_report(report=filed, finding=Finding.DISMISSED, severity=SeverityKind.FRAUD, actor=by(olga), at=at)
    assert refused_code(refused) == "severity_not_needed"


def test_it_dismisses_a_report_without_a_case_and_upholds_none(filed, olga, at):
    with pytest.raises(Conflict) as refused:
        uphold(filed, olga, at)
    assert refused_code(refused) == "report_without_case"
    assert decide_report(report=filed, finding=Finding.UNFOUNDED, actor=by(olga), at=at).state == "unfounded"
    assert not OpenDispute.objects.exists()
    assert not CaseEvidence.objects.exists()


def test_it_decides_a_repeat_with_the_first(filed, case, report, olga, at, make_purchase):
    purchase = SimpleNamespace(pk=filed.authorization, vendor=filed.vendor, agent=filed.about_id)
    repeat = report(purchase, "fraud")
    with pytest.raises(Conflict) as refused:
        uphold(repeat, olga, at)
    assert refused_code(refused) == "report_is_repeat"
    uphold(again(filed), olga, at)
    assert again(repeat).state == "upheld"
    assert CaseEvidence.objects.count() == 1


def test_it_counts_nothing_that_was_left_out_until_it_is_taken_in(case, filed, olga, at):
    leave_out(case=case, report=filed, reason="Another matter.", actor=by(olga), at=at)
    assert not Report.objects.counted().exists()
    with pytest.raises(Conflict) as refused:
        uphold(again(filed), olga, at)
    assert refused_code(refused) == "report_left_out"
    add_report(case=case, report=filed, actor=by(olga), at=at)
    assert uphold(again(filed), olga, at).state == "upheld"


def test_it_takes_no_report_about_another_agent_or_from_another_case(
    case, filed, vendors, charlie, make_purchase, report, olga, at
):
    principal = personal_organization(charlie, at)
    purchase = make_purchase(vendors[1], principal)
    about_shop = report(purchase, about=vendors[1], by=Reporter(principal))
    with pytest.raises(InvalidInput) as refused:
        add_report(case=case, report=about_shop, actor=by(olga), at=at)
    assert refused_code(refused) == "report_about_another"
    elsewhere = open_case(agent=vendors[1], detection=Detection.OPERATOR, actor=by(olga), at=at)
    with pytest.raises(Conflict) as conflict:
        add_report(case=elsewhere, report=again(filed), actor=by(olga), at=at)
    assert refused_code(conflict) == "report_in_another_case"


def test_it_closes_once_each_report_was_judged(case, filed, olga, at, acme):
    with pytest.raises(Conflict) as refused:
        close_case(case=case, outcome=CaseOutcome.NO_MEASURE, words="", actor=by(olga), at=at)
    assert refused_code(refused) == "reports_undecided"
    decide_report(report=again(filed), finding=Finding.DISMISSED, actor=by(olga), at=at)
    closed = close_case(case=case, outcome=CaseOutcome.NO_MEASURE, words="Not proven.", actor=by(olga), at=at)
    assert (closed.state, closed.outcome, closed.closed_at) == ("closed", "no_measure", at)
    assert Event.objects.get(kind="case.closed").organization == acme.pk
    for act in (
        lambda: close_case(case=case, outcome=CaseOutcome.NO_MEASURE, words="", actor=by(olga), at=at),
        lambda: assign_case(case=case, to=olga, actor=by(olga), at=at),
        lambda: reopen_report(report=again(filed), actor=by(olga), at=at),
    ):
        with pytest.raises(Conflict) as late:
            act()
        assert refused_code(late) == "case_closed"


def test_it_puts_what_was_left_out_back_when_it_closes(case, filed, report, olga, at):
    purchase = SimpleNamespace(pk=filed.authorization, vendor=filed.vendor, agent=filed.about_id)
    repeat = report(purchase, "fraud")
    leave_out(case=case, report=filed, reason="", actor=by(olga), at=at)
    close_case(case=case, outcome=CaseOutcome.UNFOUNDED, words="", actor=by(olga), at=at)
    assert list(Report.objects.untriaged()) == [filed]
    assert again(repeat).state == "received"


def test_it_is_assigned_noted_and_every_act_is_recorded(case, olga, oskar, at):
    assign_case(case=case, to=oskar, actor=by(olga), at=at)
    note = add_note(case=case, text="Called them.\nNobody answered.", actor=by(oskar), at=at)
    assert (again(case).assigned_to, note.author) == (oskar, oskar)
    assign_case(case=case, to=None, actor=by(oskar), at=at)
    with pytest.raises(InvalidInput):
        add_note(case=case, text=" ", actor=by(oskar), at=at)
    acts = Event.objects.filter(actor__startswith="operator:").order_by("written_order").values_list("kind", flat=True)
    assert list(acts) == ["case.opened", "case.report_added", "case.assigned", "case.noted", "case.assigned"]
    assert "Called" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_it_leaves_an_upheld_finding_to_appeals(case, filed, olga, at):
    uphold(again(filed), olga, at)
    with pytest.raises(Conflict) as refused:
        reopen_report(report=again(filed), actor=by(olga), at=at)
    assert refused_code(refused) == "report_not_reopened"


def test_it_disputes_the_purchase_again_when_a_finding_is_taken_back(case, filed, olga, at):
    decide_report(report=again(filed), finding=Finding.DISMISSED, actor=by(olga), at=at)
    reopen_report(report=again(filed), actor=by(olga), at=at)
    assert OpenDispute.objects.get().report == filed.pk
    assert again(filed).state == "in_case"


@pytest.mark.parametrize("kind", [ActorKind.USER, ActorKind.SERVICE_KEY, ActorKind.OPERATOR, ActorKind.SYSTEM])
def test_it_lets_nobody_but_an_operator_act(kind, case, filed, alice, at):
    actor = Actor(kind, alice.pk)
    acts = (
        lambda: uphold_as(actor),
        lambda: assign_case(case=case, to=None, actor=actor, at=at),
        lambda: add_note(case=case, text="x", actor=actor, at=at),
        lambda: close_case(case=case, outcome=CaseOutcome.UNFOUNDED, words="", actor=actor, at=at),
        lambda: leave_out(case=case, report=filed, reason="", actor=actor, at=at),
    )

    def uphold_as(actor):
        return decide_report(
            report=again(filed), finding=Finding.UPHELD, severity=SeverityKind.FRAUD, actor=actor, at=at
        )

    for act in acts:
        with pytest.raises(NotPermitted) as refused:
            act()
        assert refused_code(refused) == "operators_only"


def test_it_lets_an_operator_who_left_act_no_more(case, filed, olga, at):
    olga.is_staff = False
    olga.save(update_fields=["is_staff"])
    with pytest.raises(NotPermitted):
        uphold(again(filed), olga, at)


@pytest.fixture(params=["subject", "sibling", "reporter"])
def tie(request, acme, filed, make_organization):
    """The organization concerned, another one of its owner, the one that reported."""
    if request.param == "sibling":
        return make_organization("Acme Zwei", acme.memberships.get(role=Role.OWNER).user)
    return acme if request.param == "subject" else filed.organization


def test_it_lets_nobody_judge_who_is_involved(tie, case, filed, oskar, at):
    add_member(organization=tie, user=oskar, role=Role.MEMBER, actor=CLERK, at=at)
    assert conflict_of_interest(oskar, case)
    acts = (
        lambda: uphold(again(filed), oskar, at),
        lambda: decide_report(report=again(filed), finding=Finding.DISMISSED, actor=by(oskar), at=at),
        lambda: add_note(case=case, text="x", actor=by(oskar), at=at),
        lambda: leave_out(case=case, report=filed, reason="", actor=by(oskar), at=at),
        lambda: assign_case(case=case, to=oskar, actor=by(oskar), at=at),
        lambda: close_case(case=case, outcome=CaseOutcome.UNFOUNDED, words="", actor=by(oskar), at=at),
    )
    for act in acts:
        with pytest.raises(NotPermitted) as refused:
            act()
        assert refused_code(refused) == "conflict_of_interest"


def test_it_sees_no_tie_where_there_is_none(case, oskar):
    assert conflict_of_interest(oskar, case) == ""


def test_it_lets_no_operator_judge_what_she_reported_herself(buyer, olga, oskar, at):
    mine = file_report(
        about=buyer.agent,
        kind="impersonation",
        text="That is my name.",
        by=Reporter(personal_organization(olga, at)),
        actor=CLERK,
        at=at,
    )
    with pytest.raises(NotPermitted):
        decide_report(report=mine, finding=Finding.DISMISSED, actor=by(olga), at=at)
    assert decide_report(report=mine, finding=Finding.DISMISSED, actor=by(oskar), at=at).finding == "dismissed"


def test_it_knows_who_decided_anything_in_a_case(case, filed, olga, oskar, at):
    assert deciders_of(case) == {olga.pk}
    decide_report(report=again(filed), finding=Finding.DISMISSED, actor=by(oskar), at=at)
    assert deciders_of(again(case)) == {olga.pk, oskar.pk}
