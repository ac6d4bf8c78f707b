"""What an answer says of an agent's standing and of its reputation: two things, never folded into one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from identity.agents.models import Agent, AgentStatus
from identity.primitives.clock import rfc3339
from reputation.moderation.ladder import Level
from reputation.moderation.models import AppealState, Sanction
from reputation.scoring.formula import Score
from reputation.scoring.models import AgentScore
from reputation.scoring.refresh import NOTHING

UNDER_REVIEW = "under_review"
_OF_STATUS = {AgentStatus.ACTIVE: "yes", AgentStatus.UNCLAIMED: "unknown"}


def standing_part(agent: Agent, sanctions: Sequence[Sanction], at: datetime) -> dict[str, Any]:
    """The agent's status and the measures of the registry that are in force at ``at``, the gravest first. A note to
    the organization is between it and the registry: it is not among them."""
    in_force = sorted(_in_force(sanctions, at), key=lambda sanction: (-sanction.level, sanction.pk))
    return {
        "status": str(agent.status),
        "reason": agent.status_reason or None,
        "since": rfc3339(agent.status_changed_at),
        "suspended_by": str(agent.suspended_by) if agent.suspended_by else None,
        "sanctions": {"state": "known", "items": [_item(sanction) for sanction in in_force]},
    }


def reputation_part(
    agent: Agent, score: AgentScore | None, sanctions: Sequence[Sanction], at: datetime
) -> dict[str, Any]:
    """Band, score, sample size and formula. Nobody answers for an unclaimed agent, so nothing is said of it; while
    one is under review the floor that its score is, and the band drawn from it, are not shown."""
    if agent.status == AgentStatus.UNCLAIMED:
        return {"band": "unknown", "score": None, "sample_size": 0, "formula": None}
    known: AgentScore | Score = score or NOTHING
    is_hidden = any(sanction.level == Level.UNDER_REVIEW for sanction in _in_force(sanctions, at))
    return {
        "band": UNDER_REVIEW if is_hidden else str(known.band),
        "score": None if is_hidden else known.score,
        "sample_size": known.sample_size,
        "formula": known.formula,
    }


def good_standing(agent: Agent, sanctions: Sequence[Sanction], at: datetime) -> str:
    """``yes``, ``no`` while it is not active or a measure limits it, ``unknown`` while it is under review."""
    of_status = _OF_STATUS.get(AgentStatus(agent.status), "no")
    level = max((sanction.level for sanction in _in_force(sanctions, at)), default=Level.NOTE)
    if of_status != "yes" or level < Level.UNDER_REVIEW:
        return of_status
    return "unknown" if level == Level.UNDER_REVIEW else "no"


def sanction_turns(sanctions: Sequence[Sanction]) -> list[datetime]:
    """When time alone ends a measure, or nobody has confirmed it."""
    return [end for sanction in sanctions for end in (sanction.ends_at, sanction.confirm_by) if end is not None]


def _in_force(sanctions: Sequence[Sanction], at: datetime) -> list[Sanction]:
    return [one for one in sanctions if one.level >= Level.UNDER_REVIEW and one.is_in_force(at)]


def _item(sanction: Sanction) -> dict[str, Any]:
    return {
        "id": sanction.pk,
        "level": sanction.level,
        "measure": sanction.measure,
        "reason": sanction.reason,
        "about": "organization" if sanction.agent_id is None else "agent",
        "since": rfc3339(sanction.starts_at) if sanction.starts_at else None,
        "until": rfc3339(sanction.ends_at) if sanction.ends_at else None,
        "confirm_by": rfc3339(sanction.confirm_by) if sanction.confirm_by else None,
        "appeal": _appeal(sanction),
    }


def _appeal(sanction: Sanction) -> str:
    """``none``, ``open``, ``withdrawn`` or how it was decided."""
    appeal = sanction.appeal
    if appeal is None:
        return "none"
    return str(appeal.outcome if appeal.state == AppealState.DECIDED else appeal.state)
