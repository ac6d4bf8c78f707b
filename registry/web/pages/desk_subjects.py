"""Whom the desk looks up: agents and organizations by any of their names, and all that is known of one agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization, User
from identity.accounts.operators import is_involved
from identity.agents.models import Agent, Vendor
from identity.agents.vendors import set_vendor_assurance
from identity.credentials.watch.report import watched_of
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.spending.terms import set_bond, set_insurance
from registry.directory.models import Name
from registry.web.desk import desk_page, operator
from registry.web.desk_view import acts_for
from registry.web.desk_view_agent import subject_facts
from registry.web.desk_view_measure import measure_rows
from registry.web.desk_view_reports import report_rows
from registry.web.desk_view_terms import terms_view
from registry.web.forms.desk_cover import INSURANCE, CoverForm
from registry.web.forms.desk_organizations import VendorAssuranceForm
from reputation.moderation.models import Case, CaseState, Report, Sanction

SHOWN_MAX = 25
ATTACHED_SHOWN_MAX = 20
REPORTS_SHOWN_MAX = 20
MEASURES_SHOWN_MAX = 20
SEARCH_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class Found:
    agents: list[Agent]
    organizations: list[Organization]


@desk_page
@require_safe
def subjects(request: HttpRequest) -> HttpResponse:
    """``?q=`` finds by id, DID, name in the directory, or part of what somebody is called."""
    words = request.GET.get("q", "").strip()[:SEARCH_LENGTH_MAX]
    context = {"words": words, "found": find(words) if words else None, "shown_max": SHOWN_MAX}
    return render(request, "desk/subjects.html", context)


def find(words: str) -> Found:
    named = Name.objects.filter(fqn=words.lower()).exclude(agent=None).values("agent")
    called = Q(pk=words) | Q(did=words) | Q(pk__in=named) | Q(display_name__icontains=words)
    agents = Agent.objects.filter(called | Q(organization_id=words)).select_related("organization").order_by("-id")
    organizations = Organization.objects.filter(Q(pk=words) | Q(name__icontains=words) | Q(legal_id=words.upper()))
    return Found(list(agents[:SHOWN_MAX]), list(organizations.order_by("-id")[:SHOWN_MAX]))


@desk_page
@require_safe
def agent(request: HttpRequest, agent_id: str) -> HttpResponse:
    shown, at = get_object_or_404(Agent.objects.select_related("organization"), pk=agent_id), now()
    vendor = Vendor.objects.filter(agent=shown).first()
    reports = Report.objects.filter(about=shown).select_related("about", "organization", "decided_by", "joined_to")
    measures = Sanction.objects.about(shown).select_related("agent", "organization").order_by("-id")
    context = {
        "agent": shown,
        "facts": subject_facts(shown, shown.organization, at=at),
        "measures": measure_rows(list(measures[:MEASURES_SHOWN_MAX])),
        "reports": report_rows(list(reports.order_by("-id")[:REPORTS_SHOWN_MAX])),
        "open_case": Case.objects.filter(agent=shown, state=CaseState.OPEN).first(),
        "acts": acts_for([shown.pk]),
        "vendor": vendor,
        "vendor_form": VendorAssuranceForm(initial={"vendor_level": vendor.assurance_level}) if vendor else None,
        "terms": terms_view(shown, at=at),
        "is_own": _is_own(request, shown),
        "crumbs": _crumbs(),
    }
    return render(request, "desk/agent.html", context)


@desk_page
@require_POST
def vendor_assurance(request: HttpRequest, agent_id: str) -> HttpResponse:
    """How well a vendor was verified: what its receipts weigh in other agents' scores."""
    vendor = get_object_or_404(Vendor.objects.select_related("agent"), pk=agent_id)
    form = VendorAssuranceForm(request.POST)
    if _is_own(request, vendor.agent):
        raise NotPermitted("own_organization", _("You belong to an organization that this concerns."))
    if not form.is_valid():
        messages.error(request, _("A level is 0 to 3."))
        return redirect("desk_agent", agent_id)
    try:
        level = int(form.cleaned_data["vendor_level"])
        set_vendor_assurance(vendor=vendor, level=level, actor=operator(request), at=now())
        messages.success(request, _("Set. Scores that its receipts count in are computed again."))
    except (InvalidInput, Conflict) as refusal:
        messages.error(request, refusal.detail)
    return redirect("desk_agent", agent_id)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def cover(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Count an insurance or a bond that was verified, or count it no longer."""
    covered, at = get_object_or_404(Agent.objects.select_related("organization"), pk=agent_id), now()
    is_own = _is_own(request, covered)
    attached = watched_of([covered.pk]).get(covered.pk, ())[:ATTACHED_SHOWN_MAX]
    form = CoverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = set_insurance if form.cleaned_data["kind"] == INSURANCE else set_bond
        try:
            if is_own:
                raise NotPermitted("own_organization", _("You belong to an organization that this concerns."))
            act(agent=covered, cover=form.cover(), actor=operator(request), at=at)
        except (InvalidInput, NotPermitted) as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Set. It counts from the next purchase on."))
            return redirect("desk_agent", covered.pk)
    context = {
        "agent": covered,
        "terms": terms_view(covered, at=at),
        "attached": [(one, f"watch.{one.standing(at).state}") for one in attached],
        "is_own": is_own,
        "form": form,
        "crumbs": [*_crumbs(), (covered.display_name, reverse("desk_agent", args=[covered.pk]))],
    }
    return render(request, "desk/cover.html", context, status=422 if form.errors else 200)


def _is_own(request: HttpRequest, agent: Agent) -> bool:
    return agent.organization_id is not None and is_involved(cast(User, request.user), [agent.organization_id])


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Agents and organizations"), reverse("desk_subjects"))]


urlpatterns = [
    path("desk/subjects/", subjects, name="desk_subjects"),
    path("desk/agents/<str:agent_id>/", agent, name="desk_agent"),
    path("desk/agents/<str:agent_id>/cover/", cover, name="desk_agent_cover"),
    path("desk/agents/<str:agent_id>/vendor-assurance/", vendor_assurance, name="desk_agent_vendor_assurance"),
]
