"""Opening a case and putting reports into it: by an operator, or by the triage of reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind
from identity.journal.moderation_kinds import CaseOpened, CaseReportAdded
from identity.journal.record import record
from identity.primitives.errors import InvalidInput
from reputation.moderation.involvement import operator_of, require_no_tie
from reputation.moderation.limits import CASE_WORDS_LENGTH_MAX
from reputation.moderation.models import Case, CaseState, Detection, Report, ReportKind
from reputation.scoring.formula import SEVERITY, SeverityKind

# How grave a report is if it is true, on the scale of upheld findings: what the queue is sorted by.
GRAVITY: dict[str, int] = {
    ReportKind.SERVICE_FAILURE: int(SEVERITY[SeverityKind.SERVICE_FAILURE]),
    ReportKind.SPAM: int(SEVERITY[SeverityKind.SERVICE_FAILURE]),
    ReportKind.REFUND_FOR_CAUSE: int(SEVERITY[SeverityKind.REFUND_FOR_CAUSE]),
    ReportKind.NON_PAYMENT: int(SEVERITY[SeverityKind.DISPUTE]),
    ReportKind.GOODS_MISUSE: int(SEVERITY[SeverityKind.DISPUTE]),
    ReportKind.DISPUTE: int(SEVERITY[SeverityKind.DISPUTE]),
    ReportKind.MANDATE_VIOLATION: int(SEVERITY[SeverityKind.MANDATE_VIOLATION]),
    ReportKind.MALICIOUS_CARD: int(SEVERITY[SeverityKind.MANDATE_VIOLATION]),
    ReportKind.IMPERSONATION: int(SEVERITY[SeverityKind.FRAUD]),
    ReportKind.FRAUD: int(SEVERITY[SeverityKind.FRAUD]),
}


def open_case(
    *,
    agent: Agent | None = None,
    organization: Organization | None = None,
    detection: Detection,
    summary: str = "",
    actor: Actor,
    at: datetime,
) -> Case:
    """The open case about an agent, or about an organization as a whole: the standing one, else a new one. Opening it
    is step 0 of the ladder: its event is a note to the organization. What was reported and waits comes into it.

    Raises InvalidInput ``case_about_nobody`` or ``case_words_invalid``; for an operator also NotPermitted
    ``operators_only`` or ``conflict_of_interest``.
    """
    if agent is None and organization is None:
        raise InvalidInput("case_about_nobody", "A case is about an agent or an organization.")
    words = checked_words(summary)
    with transaction.atomic():
        if agent is not None:
            agent = lock_subject(agent)
            organization = agent.organization
        if actor.kind is not ActorKind.SYSTEM:
            require_no_tie(operator_of(actor), organization)
        case = open_case_about(agent, organization)
        if case is None:
            values = {"detection": detection, "summary": words, "opened_by": str(actor), "opened_at": at}
            case, is_new = _open_once(agent, organization, values)
            if is_new:
                event = CaseOpened(about_of(case), detection.value, case.level_proposed)
                record(event, subject=case.pk, actor=actor, at=at, organization=case.organization_id)
        if agent is not None:
            for waiting in Report.objects.untriaged().filter(about=agent):
                join_case(waiting, case, actor=actor, at=at)
    return case


def join_case(report: Report, case: Case, *, actor: Actor, at: datetime) -> None:
    """The report and its repeats are judged in this case from now on. For a transaction that holds the case."""
    Report.objects.filter(pk=report.pk).update(case=case, is_left_out=False)
    report.repeats.update(case=case)
    gravity = GRAVITY[report.kind] if report.quality_percent else 0
    if gravity > case.severity:
        case.severity = gravity
        case.save(update_fields=["severity"])
    record(CaseReportAdded(about_of(case), report.pk), subject=case.pk, actor=actor, at=at)


def lock_subject(agent: Agent) -> Agent:
    """The agent's row, locked: before the case's row and the reports', everywhere, so that nobody waits in a ring. An
    agent that has ended can be reported and judged like any other: ending is no way out."""
    rows = Agent.objects.select_for_update(no_key=True, of=("self",)).select_related("organization")
    return rows.get(pk=agent.pk)


def open_case_about(agent: Agent | None, organization: Organization | None) -> Case | None:
    """The open case, locked."""
    subject = {"agent": agent} if agent is not None else {"agent": None, "organization": organization}
    return Case.objects.select_for_update(no_key=True).filter(state=CaseState.OPEN, **subject).first()


def _open_once(agent: Agent | None, organization: Organization | None, values: dict[str, Any]) -> tuple[Case, bool]:
    """A new case, or the one that somebody opened at the same moment: the database allows one. No lock on the
    organization's row, which others take before the agents' rows."""
    try:
        with transaction.atomic():
            return Case.objects.create(agent=agent, organization=organization, **values), True
    except IntegrityError:
        standing = open_case_about(agent, organization)
        if standing is None:
            raise
        return standing, False


def about_of(case: Case) -> str:
    """The id of the agent or organization that the case is about."""
    return case.agent_id or case.organization_id or ""


def checked_words(text: str) -> str:
    """A sentence or two of an operator, in one line."""
    words = " ".join(text.split())
    if len(words) > CASE_WORDS_LENGTH_MAX or not words.isprintable():
        most = CASE_WORDS_LENGTH_MAX
        raise InvalidInput("case_words_invalid", f"Say it in at most {most} visible characters.", field="words")
    return words
