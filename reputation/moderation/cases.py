"""What an operator does with a case: takes it, notes, weighs its reports one by one, closes it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from identity.accounts.models import User
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import CaseAssigned, CaseClosed, CaseNoted, CaseReportLeftOut
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput
from reputation.moderation.involvement import operator_of, require_uninvolved
from reputation.moderation.limits import CASE_NOTE_LENGTH_MAX, CASE_NOTES_MAX
from reputation.moderation.models import Case, CaseNote, CaseOutcome, CaseState, Report
from reputation.moderation.opening import about_of, checked_words, join_case, lock_subject


def assign_case(*, case: Case, to: User | None, actor: Actor, at: datetime) -> Case:
    """Give the case to an operator whom it does not concern, or put it back (None). Conflict ``case_closed``."""
    operator_of(actor)
    with transaction.atomic():
        case = lock_open(case)
        if to is not None:
            require_uninvolved(operator_of(Actor(actor.kind, to.pk)), case)
        if case.assigned_to_id != (to.pk if to else None):
            case.assigned_to = to
            case.save(update_fields=["assigned_to"])
            event = CaseAssigned(about_of(case), to.pk if to else "")
            record(event, subject=case.pk, actor=actor, at=at)
    return case


def add_note(*, case: Case, text: str, actor: Actor, at: datetime) -> CaseNote:
    """Write something down for the other operators; in a closed case too. InvalidInput ``case_note_invalid``, Conflict
    ``too_many_notes``."""
    operator = operator_of(actor)
    words = text.replace("\r\n", "\n").strip()
    if not 0 < len(words) <= CASE_NOTE_LENGTH_MAX or not all(sign.isprintable() or sign in "\n\t" for sign in words):
        most = CASE_NOTE_LENGTH_MAX
        raise InvalidInput("case_note_invalid", f"A note has 1 to {most:,} characters.", field="text")
    with transaction.atomic():
        case = _locked(case)
        require_uninvolved(operator, case)
        if case.notes.count() >= CASE_NOTES_MAX:
            raise Conflict("too_many_notes", f"A case has at most {CASE_NOTES_MAX} notes.")
        note = CaseNote.objects.create(case=case, author=operator, text=words, at=at)
        record(CaseNoted(about_of(case), note.pk), subject=case.pk, actor=actor, at=at)
    return note


def add_report(*, case: Case, report: Report, actor: Actor, at: datetime) -> Case:
    """Judge this report in this case, be it new, left out before, or about another agent of the same organization.

    Raises Conflict ``case_closed``, ``report_is_repeat``, ``report_decided`` or ``report_in_another_case``,
    InvalidInput ``report_about_another``; NotPermitted as every act in a case.
    """
    operator = operator_of(actor)
    with transaction.atomic():
        case = lock_open(case)
        require_uninvolved(operator, case)
        report = lock_undecided(report)
        if report.case_id not in (None, case.pk):
            raise Conflict("report_in_another_case", "This report is judged in another case.")
        is_same_agent = report.about_id == case.agent_id
        if not is_same_agent and (case.agent_id or report.about.organization_id != case.organization_id):
            raise InvalidInput("report_about_another", "This report is about another agent.", field="report")
        if report.case_id is None or report.is_left_out:
            join_case(report, case, actor=actor, at=at)
    return case


def leave_out(*, case: Case, report: Report, reason: str, actor: Actor, at: datetime) -> Case:
    """The report stays in the file and counts for nothing in this case. Raises as ``add_report``."""
    operator, words = operator_of(actor), checked_words(reason)
    with transaction.atomic():
        case = lock_open(case)
        require_uninvolved(operator, case)
        report = lock_undecided(report)
        if report.case_id != case.pk:
            raise Conflict("report_in_another_case", "This report is not judged in this case.")
        if not report.is_left_out:
            report.is_left_out = True
            report.save(update_fields=["is_left_out"])
            event = CaseReportLeftOut(about_of(case), report.pk, words)
            record(event, subject=case.pk, actor=actor, at=at)
    return case


def close_case(*, case: Case, outcome: CaseOutcome, words: str, actor: Actor, at: datetime) -> Case:
    """End a case once each of its reports was decided or left out; measures that stand go on standing. Reports that
    were left out wait for triage again.

    Raises Conflict ``case_closed`` or ``reports_undecided``; NotPermitted as every act in a case.
    """
    operator, said = operator_of(actor), checked_words(words)
    with transaction.atomic():
        case = lock_open(case)
        require_uninvolved(operator, case)
        if case.reports.undecided().filter(is_left_out=False).exists():
            raise Conflict("reports_undecided", "Decide each report of the case, or leave it out, before you close it.")
        case.state, case.outcome, case.closing_words = CaseState.CLOSED, outcome, said
        case.closed_by, case.closed_at = str(actor), at
        case.save(update_fields=["state", "outcome", "closing_words", "closed_by", "closed_at"])
        left_out = list(case.reports.filter(is_left_out=True, finding="").values_list("pk", flat=True))
        Report.objects.filter(Q(pk__in=left_out) | Q(joined_to__in=left_out)).update(case=None, is_left_out=False)
        event = CaseClosed(about_of(case), outcome.value)
        record(event, subject=case.pk, actor=actor, at=at, organization=case.organization_id)
    return case


def lock_open(case: Case) -> Case:
    """The open case, locked behind its agent. Conflict ``case_closed``."""
    case = _locked(case)
    if not case.is_open:
        raise Conflict("case_closed", "This case is closed; open another one for what is new.")
    return case


def lock_undecided(report: Report) -> Report:
    """The report, locked, while it can still be decided. Conflict ``report_is_repeat`` or ``report_decided``."""
    report = Report.objects.select_for_update(no_key=True, of=("self",)).select_related("about").get(pk=report.pk)
    if report.joined_to_id is not None:
        raise Conflict("report_is_repeat", "This report repeats another one; only the first is judged.")
    if report.finding:
        raise Conflict("report_decided", "This report was decided.")
    return report


def _locked(case: Case) -> Case:
    if case.agent is not None:
        lock_subject(case.agent)
    return (
        Case.objects.select_for_update(no_key=True, of=("self",))
        .select_related("agent", "organization")
        .get(pk=case.pk)
    )
