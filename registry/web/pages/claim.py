"""The way from an unclaimed agent's public page into the console of whoever may claim it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from identity.accounts.models import Membership, Organization
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.agents.claim import claim_domains
from identity.agents.models import Agent, AgentStatus
from registry.directory.models import Domain, DomainState
from registry.web.access import signed_in_page
from registry.web.overview import address_of

ORGANIZATIONS_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Claimant:
    organization: Organization
    proven: str
    """The domain that lets it claim; empty while it has none."""
    domains_address: str


@require_safe
@signed_in_page
def claim(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Which of my organizations may claim this agent, and which domain the others would have to prove first."""
    agent = get_object_or_404(Agent, pk=agent_id, status=AgentStatus.UNCLAIMED)
    name = agent.names.order_by("id").first()
    domains = claim_domains(name.fqn) if name else ()
    memberships = Membership.objects.filter(user_id=request.user.pk).select_related("organization").order_by("id")
    may_claim = [
        membership.organization
        for membership in memberships[:ORGANIZATIONS_SHOWN_MAX]
        if Permission.AGENTS_WRITE in ROLE_PERMISSIONS[membership.role]
    ]
    context = {
        "agent": agent,
        "name": name.fqn if name else agent.display_name,
        "domains": domains,
        "claimants": _claimants(may_claim, domains),
    }
    return render(request, "console/claim.html", context)


def _claimants(organizations: list[Organization], domains: tuple[str, ...]) -> list[Claimant]:
    proven = Domain.objects.filter(
        organization__in=organizations, domain__in=domains, state__in=[DomainState.PROVEN, DomainState.UNREACHABLE]
    )
    by_organization = dict(proven.values_list("organization_id", "domain"))
    return [Claimant(one, by_organization.get(one.pk, ""), address_of("console_domains", one)) for one in organizations]


urlpatterns = [path("console/claim/<str:agent_id>/", claim, name="console_claim")]
