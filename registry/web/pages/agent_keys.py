"""The keys of an agent in the console: add, rotate, revoke."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents.keys import RevocationReason, revoke_key
from identity.agents.models import Agent
from identity.primitives.clock import now
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import KeyFacts, actor_of, agent_crumbs, keys_of
from registry.web.drafts import Draft
from registry.web.forms.agents import KeyForm, RevokeForm, RotateForm
from registry.web.pages.agent_register import WORDED, add_refusal, begin_proof


@console_page(Permission.KEYS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return begin_proof(request, organization, Draft("add", agent.pk), form.cleaned_data["public_key"], agent)
        except WORDED as refusal:
            add_refusal(form, refusal)
    context = {"form": form, "agent": agent, "crumbs": agent_crumbs(organization, agent)}
    return render(request, "console/agents/key_add.html", context, status=422 if form.errors else 200)


@console_page(Permission.KEYS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: ConsoleRequest, organization: Organization, agent_id: str, fragment: str) -> HttpResponse:
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    method = get_object_or_404(agent.verification_methods, fragment=fragment)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {"retire_fragment": fragment, "overlap_seconds": form.cleaned_data["overlap_seconds"]}
        draft = Draft("rotate", agent.pk, values)
        try:
            return begin_proof(request, organization, draft, form.cleaned_data["public_key"], agent)
        except WORDED as refusal:
            add_refusal(form, refusal)
    context = {"form": form, "agent": agent, "method": method, "crumbs": agent_crumbs(organization, agent)}
    return render(request, "console/agents/key_rotate.html", context, status=422 if form.errors else 200)


@console_page(Permission.KEYS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: ConsoleRequest, organization: Organization, agent_id: str, fragment: str) -> HttpResponse:
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    method = get_object_or_404(agent.verification_methods, fragment=fragment)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = RevocationReason(form.cleaned_data["reason"])
        try:
            revoke_key(agent=agent, fragment=fragment, reason=reason, actor=actor_of(request), at=now())
        except WORDED as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(key)s is revoked. Nobody accepts it any more.") % {"key": fragment})
            return redirect("console_agent", organization.pk, agent.pk)
    context = {
        "form": form,
        "agent": agent,
        "method": method,
        "others": _other_valid_keys(keys_of(agent, now()), fragment),
        "crumbs": agent_crumbs(organization, agent),
    }
    return render(request, "console/agents/key_revoke.html", context, status=422 if form.errors else 200)


def _other_valid_keys(keys: list[KeyFacts], fragment: str) -> list[KeyFacts]:
    return [key for key in keys if key.is_valid and key.method.fragment != fragment]


urlpatterns = [
    path("console/<str:organization_id>/agents/<str:agent_id>/keys/add/", add, name="console_agent_add"),
    path(
        "console/<str:organization_id>/agents/<str:agent_id>/keys/<str:fragment>/rotate/",
        rotate,
        name="console_agent_rotate",
    ),
    path(
        "console/<str:organization_id>/agents/<str:agent_id>/keys/<str:fragment>/revoke/",
        revoke,
        name="console_agent_revoke",
    ),
]
