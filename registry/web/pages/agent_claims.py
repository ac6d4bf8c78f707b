"""Claiming an imported agent: choose who answers for it, see whether the proof is there, prove a key."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Membership, Organization
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.agents.claim import ClaimProof
from identity.agents.models import Agent, AgentStatus
from registry.directory.named_agent import claim_outlook, listed_name
from registry.web.access import ConsoleRequest, console_page, signed_in_page
from registry.web.agent_facts import list_crumbs
from registry.web.drafts import Draft
from registry.web.forms.agents import KeyForm
from registry.web.pages.agent_register import WORDED, add_refusal, begin_proof

ORGANIZATIONS_SHOWN_MAX = 100


@require_safe
@signed_in_page
def choose(request: HttpRequest, agent_id: str) -> HttpResponse:
    """From the public page: for which of one's organizations? With one only, straight on."""
    agent = get_object_or_404(Agent, pk=agent_id, status=AgentStatus.UNCLAIMED)
    memberships = Membership.objects.select_related("organization").filter(user_id=request.user.pk).order_by("id")
    fitting = [
        membership
        for membership in memberships[:ORGANIZATIONS_SHOWN_MAX]
        if Permission.AGENTS_WRITE in ROLE_PERMISSIONS[membership.role]
    ]
    if len(fitting) == 1:
        return redirect("console_agent_claim", fitting[0].organization_id, agent.pk)
    return render(request, "console/agents/claim_choose.html", {"agent": agent, "memberships": fitting})


@console_page(Permission.AGENTS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    agent = get_object_or_404(Agent, pk=agent_id, status=AgentStatus.UNCLAIMED)
    outlook = claim_outlook(agent=agent, organization=organization)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and isinstance(outlook, ClaimProof) and form.is_valid():
        try:
            return begin_proof(request, organization, Draft("claim", agent.pk), form.cleaned_data["public_key"], agent)
        except WORDED as refusal:
            add_refusal(form, refusal)
    context = {
        "form": form,
        "agent": agent,
        "listed_name": listed_name(agent),
        "proof": outlook if isinstance(outlook, ClaimProof) else None,
        "missing": outlook,
        "crumbs": list_crumbs(organization),
    }
    return render(request, "console/agents/claim.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("claim/<str:agent_id>/", choose, name="agent_claim"),
    path("console/<str:organization_id>/agents/claim/<str:agent_id>/", claim, name="console_agent_claim"),
]
