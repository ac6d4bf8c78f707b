"""What an agent of ours has shown of other issuers is watched from then on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity.agents.models import Agent, AgentStatus
from identity.credentials.checks import Verification
from identity.credentials.data_model import credentials_in
from identity.credentials.watch.watching import watch


def watch_presented(data: dict[str, Any] | str, verdict: Verification, *, at: datetime) -> int:
    """Begin to watch each credential of a good presentation that is about its holder, when the holder is an agent
    here; how many. Only what verified counts, so that nobody can fill an agent's list with forgeries in its name."""
    if not verdict.is_verified or verdict.issuer is None:
        return 0
    holders = verdict.subjects if not verdict.credentials else (verdict.issuer,)
    agent = Agent.objects.filter(did__in=holders, status=AgentStatus.ACTIVE).first()
    if agent is None:
        return 0
    return sum(watch(each, agent=agent, at=at) is not None for each in _shown(data, verdict, agent))


def _shown(data: dict[str, Any] | str, verdict: Verification, agent: Agent) -> list[Any]:
    """The credentials as they came; an SD-JWT VC with its key binding is a presentation of itself."""
    if not verdict.credentials:
        return [data] if isinstance(data, str) and "~" in data else []
    inside = zip(credentials_in(verdict.document or {}), verdict.credentials, strict=True)
    return [raw for raw, inner in inside if inner.is_verified and agent.did in inner.subjects]
