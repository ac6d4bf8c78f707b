"""Contested items of agents' scores: an organization says why one should not count, an operator answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import User
from identity.accounts.operators import is_involved
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.desk import desk_page
from registry.web.desk_view import age_in_words
from registry.web.desk_view_reports import ReportRow, report_rows
from registry.web.forms.desk import SEVERITY_WORDS
from registry.web.forms.desk_appeals import ContestForm
from reputation.moderation.contests import answer_contested, conflict_in_contest
from reputation.moderation.models import Report
from reputation.scoring.models import CaseEvidence, Contest, ContestState

CONTESTS_PER_PAGE = 25
_CONTESTS = Contest.objects.select_related("agent", "organization")


@dataclass(frozen=True, slots=True)
class ContestRow:
    contest: Contest
    evidence: CaseEvidence | None
    age: str

    @property
    def severity(self) -> Any:
        return SEVERITY_WORDS[self.evidence.severity] if self.evidence else ""


@desk_page
@require_safe
def contests(request: HttpRequest) -> HttpResponse:
    """Those that wait, the oldest first; ``?after=`` is the last id of the page before."""
    after = request.GET.get("after", "")
    waiting = _CONTESTS.filter(state=ContestState.OPEN).order_by("id")
    found = list((waiting.filter(pk__gt=after[:32]) if after else waiting)[: CONTESTS_PER_PAGE + 1])
    shown = found[:CONTESTS_PER_PAGE]
    context = {
        "rows": _rows(shown),
        "first_url": request.path if after else "",
        "next_url": f"{request.path}?after={shown[-1].pk}" if len(found) > CONTESTS_PER_PAGE else "",
    }
    return render(request, "desk/contests.html", context)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def contest(request: HttpRequest, contest_id: str) -> HttpResponse:
    shown, user = get_object_or_404(_CONTESTS, pk=contest_id), cast(User, request.user)
    form = ContestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_accepted = form.cleaned_data["verdict"] == ContestState.ACCEPTED
        words = form.cleaned_data["contest_answer"]
        try:
            answer_contested(contest=shown, is_accepted=is_accepted, answer=words, operator=user, at=now())
        except (InvalidInput, Conflict, NotPermitted) as refusal:
            form.add_error("contest_answer" if refusal.field == "text" else None, refusal.detail)
        else:
            messages.success(request, _("Answered. The organization reads it beside the item."))
            return redirect("desk_contest", shown.pk)
    row = _rows([shown])[0]
    context = {
        "row": row,
        "report": _report_of(row),
        "conflict": _conflict(user, shown),
        "form": form,
        "crumbs": [(_("Contested items"), reverse("desk_contests"))],
    }
    return render(request, "desk/contest.html", context, status=422 if form.errors else 200)


def _conflict(user: User, shown: Contest) -> str:
    """Why this operator must not answer, in a sentence; "" when nothing stands against it."""
    if is_involved(user, [shown.organization_id]):
        return _("You belong to this organization.")
    return conflict_in_contest(user, shown)


def _rows(shown: list[Contest]) -> list[ContestRow]:
    at, evidence = now(), CaseEvidence.objects.in_bulk([one.item for one in shown])
    return [
        ContestRow(one, evidence.get(one.item), age_in_words(one.opened_at, one.answered_at or at)) for one in shown
    ]


def _report_of(row: ContestRow) -> ReportRow | None:
    if row.evidence is None:
        return None
    reports = Report.objects.select_related("about", "organization", "decided_by", "joined_to", "case")
    return next(iter(report_rows(list(reports.filter(pk=row.evidence.report)))), None)


urlpatterns = [
    path("desk/contests/", contests, name="desk_contests"),
    path("desk/contests/<str:contest_id>/", contest, name="desk_contest"),
]
