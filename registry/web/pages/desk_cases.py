"""A case on the desk: everything known of it on one page, and what an operator does with it short of a measure."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import User
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.desk import desk_page, operator
from registry.web.desk_view import acts_for, age_in_words
from registry.web.desk_view_agent import facts_of_case
from registry.web.desk_view_measure import measure_rows
from registry.web.desk_view_queue import name_of, severity_of
from registry.web.desk_view_reports import report_rows
from registry.web.forms.desk import AssignForm, CloseCaseForm, NoteForm, OpenCaseForm
from registry.web.sanction_words import MEASURE_WORDS
from reputation.moderation.cases import add_note, assign_case, close_case
from reputation.moderation.involvement import conflict_of_interest
from reputation.moderation.ladder import rung_of
from reputation.moderation.models import Appeal, Case, CaseOutcome, Detection, Report
from reputation.moderation.opening import open_case

REPORTS_SHOWN_MAX = 100
Crumbs = list[tuple[str, str]]
_CASES = Case.objects.select_related("agent__organization", "organization", "assigned_to")


@desk_page
@require_safe
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    shown, at = get_object_or_404(_CASES, pk=case_id), now()
    reports = list(
        shown.reports.select_related("about", "organization", "decided_by", "joined_to").order_by("joined_to_id", "id")[
            :REPORTS_SHOWN_MAX
        ]
    )
    sanctions = list(shown.sanctions.order_by("-id"))
    appeals = Appeal.objects.filter(sanction__case=shown).values_list("pk", flat=True)
    involved = [shown.pk, *(one.pk for one in reports), *(one.pk for one in sanctions), *appeals]
    context = {
        "case": shown,
        "about": name_of(shown),
        "age": age_in_words(shown.opened_at, shown.closed_at or at),
        "case_state": f"case.{shown.state}",
        "severity": severity_of(shown),
        "conflict": conflict_of_interest(cast(User, request.user), shown),
        "measure_proposed": MEASURE_WORDS[rung_of(shown.level_proposed).measure],
        "measures": measure_rows(sanctions),
        "reports": report_rows(reports),
        "clusters": Report.objects.counted().filter(case=shown).values("cluster").distinct().count(),
        "notes": shown.notes.select_related("author").order_by("id"),
        "note_form": NoteForm(),
        "assign_form": AssignForm(initial={"assignee": shown.assigned_to_id}),
        "facts": facts_of_case(shown, at=at),
        "acts": acts_for(involved),
        "crumbs": queue_crumbs(),
    }
    return render(request, "desk/case.html", context)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A case that an operator opens herself; ``?about=`` fills in whom it is about."""
    form = OpenCaseForm(request.POST or None, initial={"about": request.GET.get("about", "")})
    if request.method == "POST" and form.is_valid():
        try:
            agent, organization = form.cleaned_data["about"]
            opened = open_case(
                agent=agent,
                organization=organization,
                detection=Detection.OPERATOR,
                summary=form.cleaned_data["summary"],
                actor=operator(request),
                at=now(),
            )
        except (InvalidInput, Conflict, NotPermitted) as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)
        else:
            return redirect("desk_case", opened.pk)
    context = {"form": form, "crumbs": queue_crumbs()}
    return render(request, "desk/case_create.html", context, status=422 if form.errors else 200)


@desk_page
@require_POST
def assign(request: HttpRequest, case_id: str) -> HttpResponse:
    given, form = get_object_or_404(_CASES, pk=case_id), AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such operator."))
        return redirect("desk_case", given.pk)
    to = form.cleaned_data["assignee"]
    try:
        assign_case(case=given, to=to, actor=operator(request), at=now())
        messages.success(request, _("Given to %s.") % to if to else _("Put back into the queue."))
    except (InvalidInput, Conflict, NotPermitted) as refusal:
        messages.error(request, refusal.detail)
    return redirect("desk_case", given.pk)


@desk_page
@require_POST
def note(request: HttpRequest, case_id: str) -> HttpResponse:
    noted = get_object_or_404(_CASES, pk=case_id)
    try:
        add_note(case=noted, text=request.POST.get("note", ""), actor=operator(request), at=now())
        messages.success(request, _("Noted."))
    except (InvalidInput, Conflict, NotPermitted) as refusal:
        messages.error(request, refusal.detail)
    return redirect("desk_case", noted.pk)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, case_id: str) -> HttpResponse:
    closing, form = get_object_or_404(_CASES, pk=case_id), CloseCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        outcome, words = CaseOutcome(form.cleaned_data["outcome"]), form.cleaned_data["closing_words"]
        try:
            close_case(case=closing, outcome=outcome, words=words, actor=operator(request), at=now())
        except (InvalidInput, Conflict, NotPermitted) as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("The case is closed. Measures that stand go on standing."))
            return redirect("desk_case", closing.pk)
    context = {
        "case": closing,
        "about": name_of(closing),
        "form": form,
        "undecided": report_rows(list(closing.reports.undecided().filter(is_left_out=False).select_related("about"))),
        "measures": measure_rows(list(closing.sanctions.is_open())),
        "crumbs": case_crumbs(closing),
    }
    return render(request, "desk/case_close.html", context, status=422 if form.errors else 200)


def queue_crumbs() -> Crumbs:
    return [(_("Cases"), reverse("desk_queue"))]


def case_crumbs(shown: Case) -> Crumbs:
    return [*queue_crumbs(), (name_of(shown), reverse("desk_case", args=[shown.pk]))]


urlpatterns = [
    path("desk/cases/new/", create, name="desk_case_create"),
    path("desk/cases/<str:case_id>/", case, name="desk_case"),
    path("desk/cases/<str:case_id>/assign/", assign, name="desk_case_assign"),
    path("desk/cases/<str:case_id>/notes/", note, name="desk_case_note"),
    path("desk/cases/<str:case_id>/close/", close, name="desk_case_close"),
]
