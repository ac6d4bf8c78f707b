"""Evidence of upheld cases: added when an operator upholds a report, withdrawn and restored with the decision.

Each of these computes the scores it changes in the same transaction, so that whoever reads them next sees it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import CaseEvidenceAdded, CaseEvidenceRestored, CaseEvidenceWithdrawn
from identity.journal.record import record
from identity.primitives.errors import InvalidInput
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import CaseEvidence, Withdrawal
from reputation.scoring.refresh import refresh_concerned


def add_case_evidence(
    *,
    agent: Agent,
    case: str,
    report: str,
    vendor: str | None,
    severity: SeverityKind,
    quality: float,
    authorization: str | None = None,
    actor: Actor,
    at: datetime,
) -> CaseEvidence:
    """An upheld report weighs against ``agent`` from now on. ``quality`` is the reporter's weight, 0 to 1; ``vendor``
    the reporter where it is one. Adding the same report again changes nothing.

    Raises InvalidInput ``evidence_quality``.
    """
    if not 0 <= quality <= 1:
        raise InvalidInput("evidence_quality", "A reporter's weight is 0 to 1.", field="quality")
    values = {
        "agent": agent,
        "case": case,
        "vendor": vendor,
        "authorization": authorization,
        "severity": SeverityKind(severity).value,
        "quality": quality,
        "decided_at": at,
    }
    with transaction.atomic():
        evidence, is_new = CaseEvidence.objects.get_or_create(report=report, defaults=values)
        if is_new:
            event = CaseEvidenceAdded(evidence.pk, case, evidence.severity)
            record(event, subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)
            refresh_concerned([evidence.agent_id], at=at)
    return evidence


def withdraw_case_evidence(
    *,
    case: str | None = None,
    report: str | None = None,
    because: Withdrawal = Withdrawal.OVERTURNED,
    actor: Actor,
    at: datetime,
) -> list[CaseEvidence]:
    """What a case, or one report of it, had brought weighs nothing from now on: for the transaction that overturns
    the decision. The rows that were withdrawn; scores are then exactly what they would be without them."""
    with transaction.atomic():
        rows = _locked(_named(case, report), withdrawn_at=None)
        _set(rows, withdrawn_at=at, because=because)
        for agent, organization, items in _by_agent(rows):
            event = CaseEvidenceWithdrawn(items, because.value)
            record(event, subject=agent, actor=actor, at=at, organization=organization)
        refresh_concerned([row.agent_id for row in rows], at=at)
    return rows


def restore_case_evidence(
    *, case: str | None = None, report: str | None = None, actor: Actor, at: datetime
) -> list[CaseEvidence]:
    """What an overturned decision had taken away counts again, as old as it is. Items that their subject contested
    with success stay out."""
    with transaction.atomic():
        rows = _locked(_named(case, report), withdrawn_because=Withdrawal.OVERTURNED)
        _set(rows, withdrawn_at=None, because=None)
        for agent, organization, items in _by_agent(rows):
            record(CaseEvidenceRestored(items), subject=agent, actor=actor, at=at, organization=organization)
        refresh_concerned([row.agent_id for row in rows], at=at)
    return rows


def _named(case: str | None, report: str | None) -> Q:
    if (case is None) == (report is None):
        raise ValueError("name a case or a report")
    return Q(case=case) if report is None else Q(report=report)


def _locked(which: Q, **state: object) -> list[CaseEvidence]:
    rows = CaseEvidence.objects.select_for_update(of=("self",), no_key=True).select_related("agent")
    return list(rows.filter(which, **state).order_by("pk"))


def _set(rows: list[CaseEvidence], *, withdrawn_at: datetime | None, because: Withdrawal | None) -> None:
    for row in rows:
        row.withdrawn_at, row.withdrawn_because = withdrawn_at, because.value if because else ""
    CaseEvidence.objects.bulk_update(rows, ["withdrawn_at", "withdrawn_because"])


def _by_agent(rows: list[CaseEvidence]) -> list[tuple[str, str | None, list[str]]]:
    items: dict[str, list[str]] = {}
    organizations = {row.agent_id: row.agent.organization_id for row in rows}
    for row in rows:
        items.setdefault(row.agent_id, []).append(row.pk)
    return [(agent, organizations[agent], evidence) for agent, evidence in sorted(items.items())]
