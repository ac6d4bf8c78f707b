"""Every act of every operator, from the journal: newest first, and to be narrowed by operator, act and subject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from identity.accounts.models import User
from identity.journal.models import Event
from identity.primitives.ids import ID_LENGTH_MAX
from registry.web.desk import desk_page
from registry.web.desk_view import OPERATOR_PREFIX, acts_of

ACTS_PER_PAGE = 50
OPERATORS_LISTED_MAX = 200
KINDS = (
    ("report.", _("Reports")),
    ("case.", _("Cases")),
    ("sanction.", _("Sanctions")),
    ("appeal.", _("Appeals")),
    ("organization.", _("Organizations")),
    ("agent.", _("Agents")),
    ("vendor.", _("Vendors")),
    ("push.", _("Pushed events")),
    ("sweep.", _("Background checks")),
)
_CURSOR = re.compile(r"^[0-9]{1,18}$", re.ASCII)
_KIND = re.compile(r"^[a-z_.]{1,64}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """What the operator asked, as the page's address spells it; what makes no sense is left out."""

    operator: str
    kind: str
    subject: str

    @classmethod
    def of(cls, request: HttpRequest) -> Question:
        asked = {name: request.GET.get(name, "").strip()[:ID_LENGTH_MAX] for name in ("operator", "kind", "subject")}
        return cls(asked["operator"], asked["kind"] if _KIND.match(asked["kind"]) else "", asked["subject"])

    @property
    def is_narrow(self) -> bool:
        return bool(self.operator or self.kind or self.subject)

    def rows(self) -> QuerySet[Event]:
        by = f"{OPERATOR_PREFIX}{self.operator}"
        acts = Event.objects.filter(actor=by) if self.operator else Event.objects.all()
        acts = acts.filter(actor__startswith=OPERATOR_PREFIX)
        acts = acts.filter(kind__startswith=self.kind) if self.kind else acts
        return acts.filter(subject=self.subject) if self.subject else acts

    def address(self, path: str, *, before: int | None = None) -> str:
        pairs = {"operator": self.operator, "kind": self.kind, "subject": self.subject, "before": before}
        asked = urlencode({name: value for name, value in pairs.items() if value})
        return f"{path}?{asked}" if asked else path


@desk_page
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """``?before=`` is the place in the journal where the page before ended."""
    question, before = Question.of(request), request.GET.get("before", "")
    acts = question.rows().order_by("-written_order")
    if _CURSOR.match(before):
        acts = acts.filter(written_order__lt=int(before))
    found = list(acts[: ACTS_PER_PAGE + 1])
    shown = found[:ACTS_PER_PAGE]
    has_more = len(found) > ACTS_PER_PAGE
    context = {
        "question": question,
        "acts": acts_of(shown),
        "kinds": KINDS,
        "operators": User.objects.filter(is_staff=True).order_by("display_name", "pk")[:OPERATORS_LISTED_MAX],
        "first_url": question.address(request.path) if before else "",
        "next_url": question.address(request.path, before=shown[-1].written_order) if has_more else "",
    }
    return render(request, "desk/audit.html", context)


urlpatterns = [path("desk/audit/", audit, name="desk_audit")]
