"""Deciding a report: upheld, it becomes evidence against the agent; without ground, it weighs on its reporter."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.accounts.models import User
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import ReportDecided, ReportReopened
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput
from reputation.moderation.cases import lock_open, lock_undecided
from reputation.moderation.involvement import operator_of, require_uninvolved, require_uninvolved_in_report
from reputation.moderation.models import Finding, Report
from reputation.moderation.opening import checked_words, lock_subject
from reputation.moderation.signals import propose_by_shares
from reputation.scoring.disputes import close_dispute, open_dispute
from reputation.scoring.evidence import add_case_evidence
from reputation.scoring.formula import SeverityKind


def decide_report(
    *,
    report: Report,
    finding: Finding,
    severity: SeverityKind | None = None,
    words: str = "",
    actor: Actor,
    at: datetime,
) -> Report:
    """Say what is true of one report. Upheld needs a ``severity`` and a case, and weighs in the agent's score from
    this transaction on; the other two need neither. Repeats share the finding of the first.

    Raises InvalidInput ``severity_required`` or ``severity_not_needed``; Conflict ``report_without_case``,
    ``report_left_out``, ``report_decided``, ``report_is_repeat``, ``case_closed``; NotPermitted ``operators_only`` or
    ``conflict_of_interest``.
    """
    operator, said = operator_of(actor), checked_words(words)
    if finding is Finding.UPHELD and severity is None:
        raise InvalidInput("severity_required", "Say how grave it was.", field="severity")
    if finding is not Finding.UPHELD and severity is not None:
        raise InvalidInput("severity_not_needed", "Only an upheld report has a severity.", field="severity")
    with transaction.atomic():
        report = _locked_for(operator, report, finding)
        report.finding, report.severity = finding, severity.value if severity else ""
        report.finding_words, report.decided_by, report.decided_at = said, operator, at
        report.save(update_fields=["finding", "severity", "finding_words", "decided_by", "decided_at"])
        if severity is not None and report.case is not None:
            _weigh(report, severity, actor, at)
            propose_by_shares(report.case, at=at)
        close_dispute(report=report.pk)
        event = ReportDecided(report.about_id, report.case_id, finding.value, report.severity)
        record(event, subject=report.pk, actor=actor, at=at, organization=report.organization_id)
    return report


def reopen_report(*, report: Report, actor: Actor, at: datetime) -> Report:
    """Take back that a report was not proven or had no ground, and with it what it cost its reporter. An upheld one
    is taken back by an appeal, or when its subject contests it. Conflict ``report_not_reopened`` or ``case_closed``."""
    operator = operator_of(actor)
    with transaction.atomic():
        _lock_case(operator, _read_again(report))
        report = Report.objects.select_for_update(no_key=True, of=("self",)).select_related("about").get(pk=report.pk)
        require_uninvolved_in_report(operator, report)
        if report.finding not in (Finding.DISMISSED, Finding.UNFOUNDED):
            raise Conflict("report_not_reopened", "Only a report that was dismissed or unfounded can be reopened.")
        event = ReportReopened(report.about_id, report.case_id, report.finding)
        report.finding = report.finding_words = ""
        report.decided_by, report.decided_at = None, None
        report.save(update_fields=["finding", "finding_words", "decided_by", "decided_at"])
        if report.authorization:
            open_dispute(authorization=report.authorization, report=report.pk, at=at)
        record(event, subject=report.pk, actor=actor, at=at, organization=report.organization_id)
    return report


def _locked_for(operator: User, report: Report, finding: Finding) -> Report:
    """The report with its agent and case locked, once this operator may decide it like this."""
    report = _read_again(report)
    _lock_case(operator, report)
    locked = lock_undecided(report)
    if locked.case_id != report.case_id:
        raise Conflict("report_in_another_case", "Somebody moved this report into another case just now.")
    report = locked
    require_uninvolved_in_report(operator, report)
    if finding is Finding.UPHELD and report.case_id is None:
        raise Conflict("report_without_case", "Open a case for it first: only a case can uphold a report.")
    if finding is Finding.UPHELD and report.is_left_out:
        raise Conflict("report_left_out", "This report was left out of the case; take it in again to uphold it.")
    return report


def _read_again(report: Report) -> Report:
    return Report.objects.select_related("about", "case__agent").get(pk=report.pk)


def _lock_case(operator: User, report: Report) -> None:
    """The report's case while it is open, or its agent while it is in none."""
    if report.case is not None:
        require_uninvolved(operator, lock_open(report.case))
    else:
        lock_subject(report.about)


def _weigh(report: Report, severity: SeverityKind, actor: Actor, at: datetime) -> None:
    add_case_evidence(
        agent=report.about,
        case=report.case_id or "",
        report=report.pk,
        vendor=report.vendor or None,
        severity=severity,
        quality=report.quality_percent / 100,
        authorization=report.authorization or None,
        actor=actor,
        at=at,
    )
