"""Report an agent: what happened, in which purchase, with which evidence; and where one's own report stands."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Membership, Organization, OrganizationKind
from identity.accounts.organizations import personal_name, personal_organization
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission, require
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.clock import now
from identity.primitives.errors import AttornError, InvalidInput, TooMany
from identity.primitives.ids import ID_LENGTH_MAX
from registry.directory.models import Name
from registry.resolution.resolve import resolve
from registry.web.agent_view import AgentView
from registry.web.forms.report import ReportForm
from registry.web.pages import agent as agent_page
from registry.web.uploads import EvidenceFiles
from registry.web.visitors import count_visit, visitor_digest
from reputation.moderation.attachments import attach
from reputation.moderation.models import Report
from reputation.moderation.reports import file_report
from reputation.moderation.standing_to_report import Reporter

VISITS_PER_MINUTE = 20
SENT_KEPT_MAX = 20
_MYSELF = "myself"
_SENT = "reports_sent"


@csrf_exempt  # only so that the files' handler can be chosen before the form is read; ``_report`` checks the token
@never_cache
def report(request: HttpRequest, name: str) -> HttpResponse:
    """The form at ``/a/<name>/report``. An imported name may itself end in ``/report``: then this is its page."""
    if Name.objects.filter(fqn=f"{name}/report").exists():
        return agent_page.agent(request, f"{name}/report")
    request.upload_handlers = [EvidenceFiles(request)]
    return _report(request, name)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def _report(request: HttpRequest, name: str) -> HttpResponse:
    view = _agent_called(name)
    if view is None:
        return agent_page.agent(request, name)
    if request.method != "POST":
        known = {name: request.GET.get(name, "")[:ID_LENGTH_MAX] for name in ("authorization", "kind")}
        return _page(request, view, ReportForm(reporters=_reporters(request), initial=known))
    count_visit(request, to="report", per_minute=VISITS_PER_MINUTE)
    form = ReportForm(
        request.POST,
        request.FILES,
        reporters=_reporters(request),
        file_too_large=getattr(request, "file_too_large", False),
    )
    if not form.is_valid():
        return _page(request, view, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        filed = _file(request, view, form, now())
    except TooMany:
        raise
    except AttornError as refusal:
        field = refusal.field if isinstance(refusal, InvalidInput) else None
        form.add_error(field if field in form.fields else None, refusal.detail)
        return _page(request, view, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    request.session[_SENT] = [*request.session.get(_SENT, []), filed.pk][-SENT_KEPT_MAX:]
    messages.success(request, _("Your report is received. Thank you."))
    return redirect("own_report", filed.pk)


@never_cache
@require_safe
def own_report(request: HttpRequest, report_id: str) -> HttpResponse:
    """Where a report stands, for whoever made it; for everybody else there is no such page."""
    found = Report.objects.select_related("about", "joined_to", "organization").filter(pk=report_id).first()
    if found is None or not _is_own(request, found):
        raise Http404
    standing = found.joined_to or found
    context = {
        "report": found,
        "standing": standing,
        "state": f"report.{found.state}",
        "attachments": found.attachments.defer("content"),
        "about_address": Name.objects.filter(agent=found.about).order_by("pk").values_list("fqn", flat=True).first()
        or found.about.did,
    }
    return render(request, "public/report_one.html", context)


def _file(request: HttpRequest, view: AgentView, form: ReportForm, at: datetime) -> Report:
    """The report with its files, all or nothing."""
    values = form.cleaned_data
    with transaction.atomic():
        by, actor = _speaking(request, values, at)
        filed = file_report(
            about=Agent.objects.get(pk=view.id),
            kind=values["kind"],
            text=values["text"],
            by=by,
            authorization=values.get("authorization", "").strip(),
            actor=actor,
            at=at,
        )
        for name, content in values.get("evidence", []):
            attach(report=filed, name=name, content=content, actor=actor, at=at)
    return filed


def _speaking(request: HttpRequest, values: dict[str, str], at: datetime) -> tuple[Reporter, Actor]:
    """As whom the report is made. Raises NotFound or NotPermitted for an organization she does not speak for."""
    if not request.user.is_authenticated:
        visitor = visitor_digest(request, of="report")
        return Reporter(visitor=visitor, contact=values.get("contact", "")), system("report_form")
    user = request.user
    if values["reporter"] == _MYSELF:
        organization = personal_organization(user, at)
    else:
        organization = Organization.objects.get(pk=values["reporter"])  # the form took it from her own
        require(user, organization, Permission.REPORTS_WRITE)
    return Reporter(organization=organization), Actor(ActorKind.USER, user.pk)


def _reporters(request: HttpRequest) -> list[tuple[str, str]]:
    """Herself, and the organizations in which her role may report."""
    if not request.user.is_authenticated:
        return []
    user = request.user
    memberships = Membership.objects.filter(user=user, organization__kind=OrganizationKind.ORGANIZATION)
    own = [
        (each.organization_id, each.organization.name)
        for each in memberships.select_related("organization").order_by("organization__name")
        if Permission.REPORTS_WRITE in ROLE_PERMISSIONS[each.role]
    ]
    return [(_MYSELF, _("%s, for yourself") % personal_name(user)), *own]


def _agent_called(name: str) -> AgentView | None:
    """The agent if its public page would show it; None for what is unknown, held or no name at all."""
    try:
        served = resolve(name, at=now())
    except InvalidInput:
        return None
    return AgentView(served) if served.status in {HTTPStatus.OK, HTTPStatus.GONE} else None


def _is_own(request: HttpRequest, found: Report) -> bool:
    if found.pk in request.session.get(_SENT, []):
        return True
    user = request.user
    if not user.is_authenticated or found.organization is None:
        return False
    membership = Membership.objects.filter(user=user, organization=found.organization).first()
    return membership is not None and Permission.REPORTS_READ in ROLE_PERMISSIONS[membership.role]


def _page(request: HttpRequest, view: AgentView, form: ReportForm, status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "public/report.html", {"agent": view, "form": form}, status=status)


urlpatterns = [
    path("a/<path:name>/report", report, name="report_agent"),
    path("reports/<str:report_id>", own_report, name="own_report"),
]
