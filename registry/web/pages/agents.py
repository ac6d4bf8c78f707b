"""An organization's agents in the console: the list, one agent, its profile."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents.models import Agent, AgentStatus
from identity.agents.register import update_agent
from identity.primitives.clock import now
from registry.directory.models import Name, Zone
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of, agent_crumbs, allowed, consequences_of, keys_of, list_crumbs
from registry.web.credential_view import living_credentials_of
from registry.web.forms.agents import ProfileForm
from registry.web.pages import agent_claims, agent_keys, agent_lifecycle, agent_register, credentials

AGENTS_SHOWN_MAX = 25


@console_page(Permission.AGENTS_READ)
@require_safe
def agents(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """The newest first, 25 a page; ``?status=`` narrows, ``?before=`` is the last id of the page before."""
    status, before = request.GET.get("status", ""), request.GET.get("before", "")
    rows = Agent.objects.filter(organization=organization).order_by("-id")
    if status in AgentStatus.values:
        rows = rows.filter(status=status)
    if before:
        rows = rows.filter(id__lt=before[:32])
    found = list(rows[: AGENTS_SHOWN_MAX + 1])
    shown = found[:AGENTS_SHOWN_MAX]
    context = {
        "agents": _with_first_name(shown),
        "status": status,
        "statuses": [AgentStatus.ACTIVE, AgentStatus.SUSPENDED, AgentStatus.REVOKED, AgentStatus.DEACTIVATED],
        "first_url": request.path if before else "",
        "next_url": _next_page(request, shown[-1].pk) if len(found) > AGENTS_SHOWN_MAX else "",
        "may_write": allowed(request, Permission.AGENTS_WRITE),
        "has_any": bool(shown) or Agent.objects.filter(organization=organization).exists(),
    }
    return render(request, "console/agents/list.html", context)


@console_page(Permission.AGENTS_READ)
@require_safe
def agent(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    shown = get_object_or_404(Agent, pk=agent_id, organization=organization)
    at = now()
    keys = keys_of(shown, at)
    context = {
        "agent": shown,
        "keys": keys,
        "has_valid_key": any(key.is_valid for key in keys),
        "affected": consequences_of(shown, at),
        "credentials": living_credentials_of(shown, at),
        "zones": Zone.objects.filter(organization=organization).exists(),
        "may_write": allowed(request, Permission.AGENTS_WRITE) and not shown.is_ended,
        "may_issue": allowed(request, Permission.CREDENTIALS_WRITE) and shown.status == AgentStatus.ACTIVE,
        "may_write_keys": allowed(request, Permission.KEYS_WRITE) and not shown.is_ended,
        "may_write_names": allowed(request, Permission.NAMES_WRITE) and not shown.is_ended,
        "crumbs": list_crumbs(organization),
    }
    return render(request, "console/agents/agent.html", context)


@console_page(Permission.AGENTS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    shown = get_object_or_404(Agent, pk=agent_id, organization=organization)
    initial = {
        "display_name": shown.display_name,
        "description": shown.description,
        "capabilities": ", ".join(shown.capabilities),
        "homepage": shown.homepage,
    }
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        update_agent(agent=shown, **form.cleaned_data, actor=actor_of(request), at=now())
        messages.success(request, _("Saved. Resolvers say so from now on."))
        return redirect("console_agent", organization.pk, shown.pk)
    context: dict[str, object] = {"form": form, "agent": shown, "crumbs": agent_crumbs(organization, shown)}
    return render(request, "console/agents/edit.html", context, status=422 if form.errors else 200)


def _with_first_name(found: list[Agent]) -> list[tuple[Agent, str, int]]:
    """Each agent with its first name in order, and how many more it has; one query for the whole page."""
    names: QuerySet[Name] = Name.objects.filter(agent__in=found).order_by("fqn")
    by_agent: dict[str | None, list[str]] = {}
    for agent_id, fqn in names.values_list("agent_id", "fqn"):
        by_agent.setdefault(agent_id, []).append(fqn)
    return [(agent, by_agent.get(agent.pk, [""])[0], max(0, len(by_agent.get(agent.pk, [])) - 1)) for agent in found]


def _next_page(request: HttpRequest, last_id: str) -> str:
    query = request.GET.copy()
    query["before"] = last_id
    return f"{request.path}?{query.urlencode()}"


urlpatterns = [
    path("console/<str:organization_id>/agents/", agents, name="console_agents"),
    *agent_register.urlpatterns,
    *agent_claims.urlpatterns,
    path("console/<str:organization_id>/agents/<str:agent_id>/", agent, name="console_agent"),
    path("console/<str:organization_id>/agents/<str:agent_id>/edit/", edit, name="console_agent_edit"),
    *agent_keys.urlpatterns,
    *agent_lifecycle.urlpatterns,
    *credentials.urlpatterns,
]
