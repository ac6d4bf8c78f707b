"""What somebody has filled in and not yet proven: kept in the session under the challenge that waits to be signed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import HttpRequest

_SESSION_KEY = "agent_drafts"
_DRAFTS_MAX = 5  # somebody with more open forms than this has forgotten the first


@dataclass(frozen=True, slots=True)
class Draft:
    """``kind`` is register, add, rotate or claim; ``agent`` an agent's id for all but the first."""

    kind: str
    agent: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


def keep_draft(request: HttpRequest, challenge_id: str, draft: Draft) -> None:
    drafts = {**request.session.get(_SESSION_KEY, {}), challenge_id: asdict(draft)}
    request.session[_SESSION_KEY] = dict(list(drafts.items())[-_DRAFTS_MAX:])


def draft_of(request: HttpRequest, challenge_id: str) -> Draft | None:
    """The draft, if this very session began it."""
    kept = request.session.get(_SESSION_KEY, {}).get(challenge_id)
    return Draft(**kept) if kept else None


def drop_draft(request: HttpRequest, challenge_id: str) -> None:
    drafts = request.session.get(_SESSION_KEY, {})
    request.session[_SESSION_KEY] = {key: draft for key, draft in drafts.items() if key != challenge_id}
