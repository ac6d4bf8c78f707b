"""Reports on the desk: those in no case yet, one with its evidence, and what an operator finds."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import User
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.desk import desk_page, operator
from registry.web.desk_view_agent import subject_facts
from registry.web.desk_view_reports import report_rows
from registry.web.forms.desk import FindingForm, LeaveOutForm
from reputation.moderation.attachments import download_headers, read_evidence
from reputation.moderation.cases import add_report, leave_out
from reputation.moderation.findings import decide_report, reopen_report
from reputation.moderation.involvement import conflict_in_report
from reputation.moderation.models import Case, CaseState, Detection, Finding, Report
from reputation.moderation.opening import open_case
from reputation.scoring.formula import SeverityKind

REPORTS_PER_PAGE = 20
REPEATS_SHOWN_MAX = 20
_REPORTS = Report.objects.select_related("about__organization", "organization", "case", "joined_to", "decided_by")


@desk_page
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The oldest first; ``?after=`` is the last id of the page before."""
    waiting, after = Report.objects.untriaged(), request.GET.get("after", "")
    waiting = waiting.select_related("about", "organization", "joined_to")
    found = list((waiting.filter(pk__gt=after[:32]) if after else waiting)[: REPORTS_PER_PAGE + 1])
    shown = found[:REPORTS_PER_PAGE]
    context = {
        "rows": report_rows(shown),
        "first_url": request.path if after else "",
        "next_url": f"{request.path}?after={shown[-1].pk}" if len(found) > REPORTS_PER_PAGE else "",
    }
    return render(request, "desk/reports.html", context)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, report_id: str) -> HttpResponse:
    """One report with all that is known of it; POST says what was found."""
    shown = get_object_or_404(_REPORTS, pk=report_id)
    form = FindingForm(request.POST or None, in_case=shown.case_id is not None)
    if request.method == "POST" and form.is_valid():
        try:
            decided = _decide(request, shown, form)
        except (InvalidInput, Conflict, NotPermitted) as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)
        else:
            messages.success(request, _("Decided: %s.") % decided.get_finding_display())
            return redirect("desk_case", decided.case_id) if decided.case_id else redirect("desk_reports")
    at, conflict = now(), conflict_in_report(cast(User, request.user), shown)
    is_open = not shown.finding and shown.joined_to_id is None
    open_case_of = Case.objects.filter(agent=shown.about, state=CaseState.OPEN).first()
    context = {
        "row": report_rows([shown])[0],
        "repeats": shown.repeats.select_related("organization").order_by("id")[:REPEATS_SHOWN_MAX],
        "facts": subject_facts(shown.about, shown.about.organization, at=at),
        "conflict": conflict,
        "form": form,
        "leave_out_form": LeaveOutForm(),
        "may_decide": is_open and not conflict and (shown.case is None or shown.case.is_open),
        "may_reopen": shown.finding in (Finding.DISMISSED, Finding.UNFOUNDED) and not conflict,
        "open_case": open_case_of,
    }
    return render(request, "desk/report.html", context, status=422 if form.errors else 200)


@desk_page
@require_POST
def take(request: HttpRequest, report_id: str) -> HttpResponse:
    """Into the agent's open case, or into a new one."""
    taken = get_object_or_404(_REPORTS, pk=report_id)
    by, at = operator(request), now()
    try:
        case = open_case(agent=taken.about, detection=Detection.REPORT, actor=by, at=at)
        case = add_report(case=case, report=taken, actor=by, at=at)
    except (InvalidInput, Conflict, NotPermitted) as refusal:
        messages.error(request, refusal.detail)
        return redirect("desk_report", taken.pk)
    messages.success(request, _("The report is judged in this case now."))
    return redirect("desk_case", case.pk)


@desk_page
@require_POST
def put_aside(request: HttpRequest, report_id: str) -> HttpResponse:
    """Leave it out of its case: it stays in the file and counts for nothing there."""
    left = get_object_or_404(_REPORTS, pk=report_id)
    form = LeaveOutForm(request.POST)
    if left.case is None:
        raise Http404
    if not form.is_valid():
        messages.error(request, _("Say in a sentence why it is left out."))
        return redirect("desk_report", left.pk)
    try:
        why = form.cleaned_data["why_left_out"]
        leave_out(case=left.case, report=left, reason=why, actor=operator(request), at=now())
    except (InvalidInput, Conflict, NotPermitted) as refusal:
        messages.error(request, refusal.detail)
        return redirect("desk_report", left.pk)
    messages.success(request, _("Left out: it counts for nothing in this case."))
    return redirect("desk_case", left.case.pk)


@desk_page
@require_POST
def reopen(request: HttpRequest, report_id: str) -> HttpResponse:
    """Take back that it was not proven or unfounded."""
    reopened = get_object_or_404(_REPORTS, pk=report_id)
    try:
        reopen_report(report=reopened, actor=operator(request), at=now())
        messages.success(request, _("Open again, and what it cost its reporter is taken back."))
    except (InvalidInput, Conflict, NotPermitted) as refusal:
        messages.error(request, refusal.detail)
    return redirect("desk_report", reopened.pk)


@desk_page
@require_safe
def evidence(request: HttpRequest, report_id: str, attachment_id: str) -> HttpResponse:
    """A download and nothing else: what somebody sent never becomes a page of ours. That it was read is recorded."""
    get_object_or_404(Report, pk=report_id, attachments=attachment_id)
    attachment = read_evidence(attachment_id=attachment_id, actor=operator(request), at=now())
    return HttpResponse(bytes(attachment.content), headers=download_headers(attachment))


def _decide(request: HttpRequest, decided: Report, form: FindingForm) -> Report:
    severity = form.cleaned_data.get("severity", "")
    return decide_report(
        report=decided,
        finding=Finding(form.cleaned_data["finding"]),
        severity=SeverityKind(severity) if severity else None,
        words=form.cleaned_data["words"],
        actor=operator(request),
        at=now(),
    )


urlpatterns = [
    path("desk/reports/", reports, name="desk_reports"),
    path("desk/reports/<str:report_id>/", report, name="desk_report"),
    path("desk/reports/<str:report_id>/take/", take, name="desk_report_take"),
    path("desk/reports/<str:report_id>/leave-out/", put_aside, name="desk_report_leave_out"),
    path("desk/reports/<str:report_id>/reopen/", reopen, name="desk_report_reopen"),
    path("desk/reports/<str:report_id>/evidence/<str:attachment_id>/", evidence, name="desk_evidence"),
]
