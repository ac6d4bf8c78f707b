"""How many agents one organization may answer for."""

from __future__ import annotations

from identity.accounts.models import Organization
from identity.agents.limits import AGENTS_PER_ORGANIZATION_MAX
from identity.agents.models import Agent, AgentStatus
from identity.primitives.errors import Conflict


def refuse_too_many_agents(organization: Organization) -> None:
    """Conflict("too_many_agents") at the limit. Locks the organization, so that two at once cannot both be the last."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    living = Agent.objects.filter(organization=organization).exclude(status=AgentStatus.DEACTIVATED).count()
    if living >= AGENTS_PER_ORGANIZATION_MAX:
        raise Conflict("too_many_agents", f"An organization has at most {AGENTS_PER_ORGANIZATION_MAX} agents.")
