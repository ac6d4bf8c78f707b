"""Which agent a caller may touch, and how one is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.primitives.errors import NotFound, NotPermitted
from registry.api.authentication import Caller
from registry.api.v1.agent_shapes import AgentDetailOut
from registry.directory.models import Name

NAMES_SHOWN_MAX = 100


def agent_of(organization: Organization, agent_id: str) -> Agent:
    """An agent of this organization. NotFound for one of others and for none alike: ids cannot be probed."""
    agent = Agent.objects.filter(pk=agent_id, organization=organization).first()
    if agent is None:
        raise not_found()
    return agent


def not_found() -> NotFound:
    return NotFound("not_found", "There is no such agent.")


def require_key_scope(caller: Caller, agent_id: str | None) -> None:
    """A service key with keys_write, or the agent itself, which may rotate its own key (the rule says when)."""
    if caller.agent is None or caller.agent.pk != agent_id:
        require_permission(caller, Permission.KEYS_WRITE)


def require_permission(caller: Caller, permission: Permission) -> None:
    """For addresses whose needed scope depends on the body."""
    if str(permission) not in caller.scopes:
        raise NotPermitted("scope_missing", f"The credential needs the scope {permission}.")


def detail_of(agent: Agent, at: datetime) -> dict[str, Any]:
    """The whole of an agent as the wire shows it, in three queries."""
    methods = list(agent.verification_methods.order_by("id"))
    for method in methods:
        method.agent = agent
    names = [name for name in Name.objects.filter(agent=agent).order_by("fqn") if not name.has_ended(at)]
    context = {"at": at, "methods": methods, "names": [name.fqn for name in names[:NAMES_SHOWN_MAX]]}
    return dict(AgentDetailOut(agent, context=context).data)
