"""The standing of an agent in the console: suspend, reinstate, deactivate, each after showing what it reaches."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents import lifecycle
from identity.agents.lifecycle import DeactivationReason, SuspensionReason
from identity.agents.models import Agent, SuspendedBy
from identity.primitives.clock import now
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of, agent_crumbs, consequences_of
from registry.web.forms.agents import DeactivateForm, SuspendForm


@console_page(Permission.AGENTS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    form = SuspendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lifecycle.suspend(
            agent=agent,
            reason=SuspensionReason(form.cleaned_data["reason"]),
            by=SuspendedBy.CONTROLLER,
            actor=actor_of(request),
            at=now(),
        )
        messages.success(request, _("Suspended. The next resolve says so, everywhere."))
        return redirect("console_agent", organization.pk, agent.pk)
    return _ask(request, organization, agent, "console/agents/suspend.html", form)


@console_page(Permission.AGENTS_WRITE)
@require_POST
def reinstate(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    lifecycle.reinstate(agent=agent, by=SuspendedBy.CONTROLLER, actor=actor_of(request), at=now())
    messages.success(request, _("Active again."))
    return redirect("console_agent", organization.pk, agent.pk)


@console_page(Permission.AGENTS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    form = DeactivateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = DeactivationReason(form.cleaned_data["reason"])
        lifecycle.deactivate(agent=agent, reason=reason, actor=actor_of(request), at=now())
        messages.success(request, _("Deactivated for good."))
        return redirect("console_agent", organization.pk, agent.pk)
    return _ask(request, organization, agent, "console/agents/deactivate.html", form)


def _ask(
    request: ConsoleRequest,
    organization: Organization,
    agent: Agent,
    template: str,
    form: SuspendForm | DeactivateForm,
) -> HttpResponse:
    context = {
        "form": form,
        "agent": agent,
        "affected": consequences_of(agent, now()),
        "crumbs": agent_crumbs(organization, agent),
    }
    return render(request, template, context, status=422 if form.errors else 200)


urlpatterns = [
    path("console/<str:organization_id>/agents/<str:agent_id>/suspend/", suspend, name="console_agent_suspend"),
    path("console/<str:organization_id>/agents/<str:agent_id>/reinstate/", reinstate, name="console_agent_reinstate"),
    path(
        "console/<str:organization_id>/agents/<str:agent_id>/deactivate/", deactivate, name="console_agent_deactivate"
    ),
]
