"""Credentials of other issuers about an agent, in the console: attach one, see how each stands, have it checked."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.credentials.models import WatchedCredential
from identity.credentials.watch.attach import attach_credential
from identity.credentials.watch.checking import check_source, sources_of
from identity.credentials.watch.limits import ATTACHED_PER_AGENT_MAX
from identity.credentials.watch.report import Watched, watched_of
from identity.credentials.watch.states import Standing
from identity.credentials.watch.watching import detach
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, TooLarge
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of, agent_crumbs, allowed
from registry.web.watch_words import reason_words

CREDENTIAL_TEXT_LENGTH_MAX = 262_144


class AttachForm(forms.Form):
    credential = forms.CharField(
        label=gettext_lazy("Credential"),
        max_length=CREDENTIAL_TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("As its issuer gave it: JSON, or the text of a JWT or SD-JWT. It must name this agent."),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A watched credential as the page shows it."""

    watched: Watched
    standing: Standing
    words: str


@console_page(Permission.AGENTS_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def attached(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    """The list, and the form that adds to it."""
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    may_write = allowed(request, Permission.CREDENTIALS_WRITE) and not agent.is_ended
    form = AttachForm(request.POST or None)
    if request.method == "POST" and may_write and form.is_valid():
        try:
            attach_credential(agent=agent, data=form.cleaned_data["credential"], actor=actor_of(request), at=now())
        except (InvalidInput, TooLarge, Conflict) as refusal:
            form.add_error("credential", refusal.detail)
        else:
            messages.success(request, _("Attached. Its lists are asked within seconds, and then again and again."))
            return redirect("console_agent_attached", organization.pk, agent.pk)
    context = {
        "agent": agent,
        "rows": _rows(agent),
        "form": form if may_write else None,
        "may_write": may_write,
        "attached_max": ATTACHED_PER_AGENT_MAX,
        "crumbs": agent_crumbs(organization, agent),
    }
    return render(request, "console/attached/list.html", context, status=422 if form.errors else 200)


@console_page(Permission.CREDENTIALS_WRITE)
@require_POST
def check(request: ConsoleRequest, organization: Organization, agent_id: str, credential_id: str) -> HttpResponse:
    credential = _credential(organization, agent_id, credential_id)
    at = now()
    for source in sources_of(credential):
        check_source(source, at=at)
    shown = next(row for row in _rows(credential.agent) if row.watched.id == credential.pk)
    messages.info(request, _("Asked just now. %(words)s") % {"words": shown.words})
    return redirect("console_agent_attached", organization.pk, agent_id)


@console_page(Permission.CREDENTIALS_WRITE)
@require_POST
def remove(request: ConsoleRequest, organization: Organization, agent_id: str, credential_id: str) -> HttpResponse:
    detach(credential=_credential(organization, agent_id, credential_id), actor=actor_of(request), at=now())
    messages.success(request, _("Removed. Answers about the agent speak of it no more."))
    return redirect("console_agent_attached", organization.pk, agent_id)


def _credential(organization: Organization, agent_id: str, credential_id: str) -> WatchedCredential:
    found = WatchedCredential.objects.select_related("agent").defer("document")
    return get_object_or_404(found, pk=credential_id, agent_id=agent_id, agent__organization=organization)


def _rows(agent: Agent) -> list[Row]:
    """What was attached first, the newest of each first."""
    at = now()
    found = sorted(watched_of([agent.pk]).get(agent.pk, ()), key=lambda each: (each.is_attached, each.id), reverse=True)
    return [Row(each, standing := each.standing(at), reason_words(standing)) for each in found]


_AT = "console/<str:organization_id>/agents/<str:agent_id>/attached/"

urlpatterns = [
    path(_AT, attached, name="console_agent_attached"),
    path(f"{_AT}<str:credential_id>/check/", check, name="console_agent_attached_check"),
    path(f"{_AT}<str:credential_id>/remove/", remove, name="console_agent_attached_remove"),
]
