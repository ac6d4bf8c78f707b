"""The statement of reasons: what was done, why, on what ground, who decided, and how to appeal. Names nobody.

The form of the spec (accountability, statement of reasons), which asks what Article 17 of Regulation (EU) 2022/2065
asks of platforms. ``statement_of`` is what is sent and kept; ``public_statement`` adds what has happened since.
"""

from __future__ import annotations

import calendar
from datetime import datetime
from typing import Any

from django.conf import settings

from identity.agents.models import Agent
from identity.delegation.holders import operator_did
from identity.primitives.clock import rfc3339
from reputation.moderation.ladder import APPEAL_WITHIN_MONTHS, GROUNDS, Level, Reason
from reputation.moderation.models import Appeal, Sanction
from reputation.moderation.reach import subject_of

TARGET_WORKING_DAYS_GRAVE = 5
TARGET_WORKING_DAYS = 10
_HOLDS = ("registryHold", "updateProhibited", "transferProhibited", "deleteProhibited")

Statement = dict[str, Any]


def statement_of(sanction: Sanction) -> Statement:
    """The statement of a sanction in force, as its rows say it now."""
    subject = subject_of(sanction)
    ground = GROUNDS[Reason(sanction.reason)]
    return {
        "id": sanction.pk,
        "type": "StatementOfReasons",
        "subject": subject.did if isinstance(subject, Agent) else operator_did(subject),
        "subject_kind": "agent" if isinstance(subject, Agent) else "organization",
        "measure": sanction.measure,
        "level": sanction.level,
        "scope": {"actions": ["*"], "registries": ["this", "federated:status-only"]},
        "territory": "wherever this registry is relied on",
        "effective_at": _instant(sanction.starts_at),
        "ends_at": _instant(sanction.ends_at),
        "confirm_by": _instant(sanction.confirm_by),
        "not_trusted_after": _instant(sanction.agents_from),
        "readmission_from": _instant(sanction.readmission_from),
        "reason": sanction.reason,
        "facts": sanction.facts,
        "evidence": list(sanction.evidence),
        "detection": sanction.detection,
        "decision": "human",
        "decided_by_role": _roles(sanction),
        "ground": {"kind": ground.kind, "clause": ground.clause},
        "holds_set": list(_HOLDS) if sanction.rung.holds_entry else [],
        "redress": {
            "appeal_url": f"{settings.PUBLIC_URL}/sanctions/{sanction.pk}/appeal",
            "deadline": _instant(appeal_deadline(sanction)),
            "target_working_days": target_working_days(sanction.level),
            "cost": "free",
            "mediator": settings.APPEALS_MEDIATOR or None,
        },
    }


def public_statement(sanction: Sanction) -> Statement:
    """The statement for everybody: as it was sent, with where it stands now."""
    return {
        **statement_of(sanction),
        "state": sanction.state,
        "ended_at": _instant(sanction.ended_at),
        "replaces": sanction.replaces_id,
        "appeal": appeal_shown(sanction.appeal),
    }


def appeal_shown(appeal: Appeal | None) -> dict[str, Any] | None:
    """What everybody may know of an appeal: that there is one, and what became of it."""
    if appeal is None:
        return None
    return {
        "id": appeal.pk,
        "state": appeal.state,
        "opened_at": rfc3339(appeal.opened_at),
        "due_at": rfc3339(appeal.due_at),
        "outcome": appeal.outcome or None,
        "decided_at": _instant(appeal.decided_at),
        "replacement": appeal.replacement_id,
    }


def statement_text(statement: Statement) -> str:
    """The statement in plain text, for mail and for reading."""
    redress = statement["redress"]
    lines = [
        f"Statement of reasons {statement['id']}",
        "",
        f"Measure: {statement['measure'].replace('_', ' ')} (level {statement['level']})",
        f"About: {statement['subject']}",
        f"Scope: every action, {statement['territory']}",
        f"In force from: {statement['effective_at']}",
        f"Until: {statement['ends_at'] or 'lifted or overturned'}",
        *_if("Lapses unless a second operator confirms it by", statement["confirm_by"]),
        *_if("Delegations given before may run until", statement["not_trusted_after"]),
        *_if("Application for re-admission from", statement["readmission_from"]),
        "",
        f"Reason: {statement['reason'].replace('_', ' ')}",
        f"Facts: {statement['facts']}",
        *_if("Relied on", ", ".join(statement["evidence"])),
        f"Ground: {statement['ground']['clause']} ({statement['ground']['kind']})",
        f"Found by: {statement['detection'].replace('_', ' ')}. Decided by: {statement['decided_by_role']}, a human "
        "decision.",
        *_if("Meanwhile", ", ".join(statement["holds_set"])),
        "",
        f"Appeal, free of charge, until {redress['deadline']}: {redress['appeal_url']}",
        f"Somebody who had no part in this decides within {redress['target_working_days']} working days.",
        *_if("After that, mediation", redress["mediator"]),
    ]
    return "\n".join(lines) + "\n"


def appeal_deadline(sanction: Sanction) -> datetime | None:
    """Six months after the measure came into force, on the same day of the month or its last."""
    begun = sanction.starts_at
    if begun is None:
        return None
    months = begun.month - 1 + APPEAL_WITHIN_MONTHS
    year, month = begun.year + months // 12, months % 12 + 1
    return begun.replace(year=year, month=month, day=min(begun.day, calendar.monthrange(year, month)[1]))


def target_working_days(level: int) -> int:
    return TARGET_WORKING_DAYS_GRAVE if level >= Level.SUSPENDED else TARGET_WORKING_DAYS


def _roles(sanction: Sanction) -> str:
    roles = list(sanction.signatures.order_by("id").values_list("role", flat=True))
    return " + ".join(roles) + (" (in an emergency)" if sanction.confirm_by else "")


def _if(label: str, value: str | None) -> list[str]:
    return [f"{label}: {value}"] if value else []


def _instant(value: datetime | None) -> str | None:
    return rfc3339(value) if value else None
