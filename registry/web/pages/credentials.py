"""An agent's credentials in the console: the list, one of them, issuing, and the standing of each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.credentials.issue import issue_credential
from identity.credentials.lifecycle import reinstate_credential, revoke_credential, suspend_credential
from identity.credentials.models import Credential, CredentialStatus
from identity.primitives.clock import now
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import Crumbs, actor_of, agent_crumbs, allowed
from registry.web.credential_view import CredentialView
from registry.web.forms.credentials import IssueForm, RevokeCredentialForm, SuspendCredentialForm
from registry.web.pages.agent_register import WORDED, add_refusal
from registry.web.qr import qr_svg

SHOWN_MAX = 25


@console_page(Permission.AGENTS_READ)
@require_safe
def credentials(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    """The newest first, 25 a page; ``?before=`` is the last id of the page before."""
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    before, at = request.GET.get("before", ""), now()
    rows = _credentials(organization).filter(agent=agent).order_by("-id")
    found = list(rows.filter(id__lt=before[:32])[: SHOWN_MAX + 1] if before else rows[: SHOWN_MAX + 1])
    shown = found[:SHOWN_MAX]
    context = {
        "agent": agent,
        "credentials": [CredentialView(each, at) for each in shown],
        "first_url": request.path if before else "",
        "next_url": f"{request.path}?before={shown[-1].pk}" if len(found) > SHOWN_MAX else "",
        "may_write": allowed(request, Permission.CREDENTIALS_WRITE) and not agent.is_ended,
        "crumbs": agent_crumbs(organization, agent),
    }
    return render(request, "console/credentials/list.html", context)


@console_page(Permission.AGENTS_READ)
@require_safe
def credential(request: ConsoleRequest, organization: Organization, agent_id: str, credential_id: str) -> HttpResponse:
    view = _view(organization, agent_id, credential_id)
    context = {
        "shown": view,
        "agent": view.credential.agent,
        "qr": qr_svg(view.public_url, label=_("QR code of the page that checks this credential")),
        "may_write": allowed(request, Permission.CREDENTIALS_WRITE),
        "crumbs": _crumbs(organization, view),
    }
    return render(request, "console/credentials/credential.html", context)


@console_page(Permission.AGENTS_READ)
@require_safe
def document(request: ConsoleRequest, organization: Organization, agent_id: str, credential_id: str) -> HttpResponse:
    return download(_view(organization, agent_id, credential_id))


@console_page(Permission.CREDENTIALS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    agent = get_object_or_404(Agent, pk=agent_id, organization=organization)
    form = IssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            issued = issue_credential(agent=agent, **form.choice(), actor=actor_of(request), at=now())
        except WORDED as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Issued. Hand it to the agent: it is in the download."))
            return redirect("console_agent_credential", organization.pk, agent.pk, issued.pk)
    context = {
        "form": form,
        "agent": agent,
        "crumbs": [*agent_crumbs(organization, agent), (_("Credentials"), _list_address(organization, agent.pk))],
    }
    return render(request, "console/credentials/issue.html", context, status=422 if form.errors else 200)


@console_page(Permission.CREDENTIALS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: ConsoleRequest, organization: Organization, agent_id: str, credential_id: str) -> HttpResponse:
    view = _view(organization, agent_id, credential_id)
    form = SuspendCredentialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        suspend_credential(credential=view.credential, reason=reason, actor=actor_of(request), at=now())
        messages.success(request, _("Suspended. Whoever asks now is told so; the public lists follow in seconds."))
        return redirect("console_agent_credential", organization.pk, agent_id, view.id)
    return _ask(request, organization, view, "console/credentials/suspend.html", form)


@console_page(Permission.CREDENTIALS_WRITE)
@require_POST
def reinstate(request: ConsoleRequest, organization: Organization, agent_id: str, credential_id: str) -> HttpResponse:
    view = _view(organization, agent_id, credential_id)
    reinstate_credential(credential=view.credential, actor=actor_of(request), at=now())
    messages.success(request, _("It counts again."))
    return redirect("console_agent_credential", organization.pk, agent_id, view.id)


@console_page(Permission.CREDENTIALS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: ConsoleRequest, organization: Organization, agent_id: str, credential_id: str) -> HttpResponse:
    view = _view(organization, agent_id, credential_id)
    form = RevokeCredentialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        revoke_credential(credential=view.credential, reason=reason, actor=actor_of(request), at=now())
        messages.success(
            request, _("Revoked for good. Whoever asks is told so now; the public list follows in seconds.")
        )
        return redirect("console_agent_credential", organization.pk, agent_id, view.id)
    return _ask(request, organization, view, "console/credentials/revoke.html", form)


def download(view: CredentialView) -> HttpResponse:
    """The exact bytes that were signed, as a file."""
    headers = {
        "Content-Disposition": f'attachment; filename="{view.file_name}"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(bytes(view.credential.document), content_type=view.media_type, headers=headers)


def _ask(
    request: ConsoleRequest,
    organization: Organization,
    view: CredentialView,
    template: str,
    form: SuspendCredentialForm | RevokeCredentialForm,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "shown": view,
        "agent": view.credential.agent,
        "others": _others_that_count(view),
        "crumbs": [*_crumbs(organization, view), (view.kind_words, _address(organization, view))],
    }
    return render(request, template, context, status=422 if form.errors else 200)


def _others_that_count(view: CredentialView) -> list[CredentialView]:
    """The same kind of credential that the agent keeps: without one, nobody can check it offline any more."""
    credential, at = view.credential, now()
    rows = Credential.objects.select_related("agent").filter(agent=credential.agent, kind=credential.kind)
    living = rows.exclude(pk=credential.pk).exclude(status=CredentialStatus.REVOKED).order_by("-id")
    return [other for other in (CredentialView(each, at) for each in living) if other.standing == "active"]


def _credentials(organization: Organization) -> Any:
    return Credential.objects.select_related("agent", "status_entry").filter(organization=organization)


def _view(organization: Organization, agent_id: str, credential_id: str) -> CredentialView:
    found = get_object_or_404(_credentials(organization), pk=credential_id, agent_id=agent_id)
    return CredentialView(found, now())


def _crumbs(organization: Organization, view: CredentialView) -> Crumbs:
    agent = view.credential.agent
    assert agent is not None
    return [*agent_crumbs(organization, agent), (_("Credentials"), _list_address(organization, agent.pk))]


def _list_address(organization: Organization, agent_id: str) -> str:
    return reverse("console_agent_credentials", args=[organization.pk, agent_id])


def _address(organization: Organization, view: CredentialView) -> str:
    return reverse("console_agent_credential", args=[organization.pk, view.credential.agent_id, view.id])


_LIST = "console/<str:organization_id>/agents/<str:agent_id>/credentials/"
_ONE = f"{_LIST}<str:credential_id>/"

urlpatterns = [
    path(_LIST, credentials, name="console_agent_credentials"),
    path(f"{_LIST}issue/", issue, name="console_agent_credential_issue"),
    path(_ONE, credential, name="console_agent_credential"),
    path(f"{_ONE}document", document, name="console_agent_credential_document"),
    path(f"{_ONE}suspend/", suspend, name="console_agent_credential_suspend"),
    path(f"{_ONE}reinstate/", reinstate, name="console_agent_credential_reinstate"),
    path(f"{_ONE}revoke/", revoke, name="console_agent_credential_revoke"),
]
