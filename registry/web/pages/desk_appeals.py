"""Appeals on the desk: those that wait with their clock, one with what it is about, and a decision in two steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
from registry.web.desk_view_measure import MeasureRow, conflict_in, measure_rows
from registry.web.desk_view_reach import reach_view
from registry.web.desk_view_reports import report_rows
from registry.web.forms.desk_appeals import OUTCOME_WORDS, AppealForm
from registry.web.sanction_words import MEASURE_WORDS
from reputation.moderation.appeals import assign_appeal, decide_appeal, require_impartial
from reputation.moderation.ladder import rung_of
from reputation.moderation.models import Appeal, AppealOutcome, AppealState, Report, Sanction
from reputation.moderation.reach import subject_of

APPEALS_PER_PAGE = 25
REPORTS_SHOWN_MAX = 50
_APPEALS = Appeal.objects.select_related(
    "sanction__agent__organization", "sanction__organization", "sanction__case", "appellant", "assigned_to"
)
_Refused = (InvalidInput, Conflict, NotPermitted)


@dataclass(frozen=True, slots=True)
class AppealRow:
    appeal: Appeal
    measure: MeasureRow
    age: str
    left: str
    """How long until the decision is owed; empty when that is over."""

    @property
    def badge(self) -> str:
        """The name of the badge in ``registry.web.states``."""
        return f"appeal.{self.appeal.outcome or self.appeal.state}"


@desk_page
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Open ones by what is due first; ``?show=decided`` for the others, ``?before=`` the last id of the page before."""
    is_past, before, at = request.GET.get("show") == "decided", request.GET.get("before", ""), now()
    if is_past:
        rows = _APPEALS.exclude(state=AppealState.OPEN).order_by("-id")
        found = list((rows.filter(pk__lt=before[:32]) if before else rows)[: APPEALS_PER_PAGE + 1])
    else:
        found = list(_APPEALS.filter(state=AppealState.OPEN).order_by("due_at", "id")[:APPEALS_PER_PAGE])
    shown = found[:APPEALS_PER_PAGE]
    context = {
        "rows": _rows(shown, at),
        "is_past": is_past,
        "first_url": "?show=decided" if before else "",
        "next_url": f"?show=decided&before={shown[-1].pk}" if len(found) > APPEALS_PER_PAGE else "",
    }
    return render(request, "desk/appeals.html", context)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, appeal_id: str) -> HttpResponse:
    """What the appellant says beside what was decided; POST shows what a decision does, and then takes it."""
    shown, at, user = get_object_or_404(_APPEALS, pk=appeal_id), now(), cast(User, request.user)
    sanction, conflict = shown.sanction, _conflict(user, shown)
    form = AppealForm(request.POST or None, sanction=sanction)
    if request.method == "POST" and form.is_valid():
        if not request.POST.get("understood"):
            return render(request, "desk/appeal_preview.html", _preview(shown, form, at))
        try:
            _decide(request, shown, form, at)
        except _Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)
        else:
            messages.success(request, _("Decided. The parties are told."))
            return redirect("desk_appeal", shown.pk)
    context = {
        "row": _rows([shown], at)[0],
        "appeal": shown,
        "conflict": conflict,
        "may_decide": shown.is_open and not conflict,
        "is_mine": shown.assigned_to_id == user.pk,
        "outcome_words": OUTCOME_WORDS.get(shown.outcome, ""),
        "form": form,
        "reports": report_rows(_reports_of(sanction)),
        "acts": acts_for([shown.pk, sanction.pk]),
        "crumbs": [(_("Appeals"), reverse("desk_appeals"))],
    }
    return render(request, "desk/appeal.html", context, status=422 if form.errors else 200)


@desk_page
@require_POST
def take(request: HttpRequest, appeal_id: str) -> HttpResponse:
    taken = get_object_or_404(_APPEALS, pk=appeal_id)
    try:
        assign_appeal(appeal=taken, to=cast(User, request.user), actor=operator(request), at=now())
        messages.success(request, _("The appeal is yours."))
    except _Refused as refusal:
        messages.error(request, refusal.detail)
    return redirect("desk_appeal", taken.pk)


def _decide(request: HttpRequest, decided: Appeal, form: AppealForm, at: datetime) -> Appeal:
    given = form.cleaned_data
    return decide_appeal(
        appeal=decided,
        outcome=AppealOutcome(given["outcome"]),
        words=given["decision_words"],
        lesser=form.lesser(),
        actor=operator(request),
        at=at,
    )


def _preview(decided: Appeal, form: AppealForm, at: datetime) -> dict[str, object]:
    """What the decision does: overturned, every measure of the case ends with this one."""
    given, sanction = form.cleaned_data, decided.sanction
    ending: list[Sanction] = []
    if given["outcome"] == AppealOutcome.OVERTURNED:
        ending = list(sanction.case.sanctions.is_open()) if sanction.case else [sanction]
    level = given.get("level")
    return {
        "row": _rows([decided], at)[0],
        "appeal": decided,
        "form": form,
        "outcome": given["outcome"],
        "outcome_words": OUTCOME_WORDS[given["outcome"]],
        "decision_words": given["decision_words"],
        "lesser_words": MEASURE_WORDS[rung_of(level).measure] if level else "",
        "ending": measure_rows([one for one in ending if one.is_open]),
        "reach": reach_view(subject_of(sanction), at=at),
        "crumbs": [(_("Appeals"), reverse("desk_appeals"))],
    }


def _conflict(user: User, shown: Appeal) -> str:
    """Why this operator must not decide the appeal, in a sentence; "" when nothing stands against it."""
    try:
        require_impartial(user, shown)
    except NotPermitted as refusal:
        return refusal.detail
    return conflict_in(user, shown.sanction)


def _rows(shown: list[Appeal], at: datetime) -> list[AppealRow]:
    measures = measure_rows([one.sanction for one in shown])
    return [
        AppealRow(one, measure, age_in_words(one.opened_at, one.decided_at or at), _left(one, at))
        for one, measure in zip(shown, measures, strict=True)
    ]


def _left(shown: Appeal, at: datetime) -> str:
    return age_in_words(at, shown.due_at) if shown.is_open and at < shown.due_at else ""


def _reports_of(sanction: Sanction) -> list[Report]:
    if sanction.case is None:
        return []
    rows = sanction.case.reports.select_related("about", "organization", "decided_by", "joined_to").order_by("id")
    return list(rows[:REPORTS_SHOWN_MAX])


urlpatterns = [
    path("desk/appeals/", appeals, name="desk_appeals"),
    path("desk/appeals/<str:appeal_id>/", appeal, name="desk_appeal"),
    path("desk/appeals/<str:appeal_id>/take/", take, name="desk_appeal_take"),
]
