"""An organization's own view of what the register decided: measures with appeal, reputations item by item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.delegation.models import Delegation
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import Crumbs, actor_of, allowed
from registry.web.forms.standing import AppealForm, ContestForm
from registry.web.reputation_explained import explained, viewer_of
from registry.web.sanction_view import SanctionView, appeal_badge_of, published
from reputation.moderation.appeals import appellant_kind, open_appeal
from reputation.moderation.models import Sanction
from reputation.scoring.contest import contest_item
from reputation.scoring.models import AgentScore

AGENTS_SHOWN_MAX = 50
SANCTIONS_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class ScoredAgent:
    agent: Agent
    found: AgentScore | None

    @property
    def badge(self) -> str:
        return f"band.{self.found.band}" if self.found else "band.unproven"

    @property
    def score(self) -> str:
        return str(self.found.score) if self.found else "-"


@console_page(Permission.AGENTS_READ)
@require_safe
def standing(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """Measures that hit the organization, those that hit agents it lent authority to, and its agents' reputations."""
    at = now()
    own = _own(organization)
    lent = published().filter(agent__in=_lent_to(organization)).exclude(pk__in=own.values("pk"))
    agents = list(Agent.objects.filter(organization=organization).order_by("-id")[: AGENTS_SHOWN_MAX + 1])
    scores = AgentScore.objects.in_bulk([agent.pk for agent in agents])
    context = {
        "own": [SanctionView(one, at) for one in own[:SANCTIONS_SHOWN_MAX]],
        "lent": [SanctionView(one, at) for one in lent[:SANCTIONS_SHOWN_MAX]],
        "agents": [ScoredAgent(agent, scores.get(agent.pk)) for agent in agents[:AGENTS_SHOWN_MAX]],
        "agents_more": len(agents) > AGENTS_SHOWN_MAX,
    }
    return render(request, "console/standing/list.html", context)


@console_page(Permission.AGENTS_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def sanction(request: ConsoleRequest, organization: Organization, sanction_id: str) -> HttpResponse:
    """One measure with its statement, and the appeal against it: to open, or where it stands."""
    at = now()
    found = published().filter(pk=sanction_id).first()
    if found is None or appellant_kind(found, organization) is None:
        raise Http404
    view = SanctionView(found, at)
    own = next((one for one in found.appeals.all() if one.appellant_id == organization.pk), None)
    may_appeal = own is None and view.may_be_appealed and allowed(request, Permission.APPEALS_WRITE)
    if request.method == "POST" and not may_appeal:
        if own is not None and allowed(request, Permission.APPEALS_WRITE):
            return _appealed_already(request, found)
        raise Http404
    form = AppealForm(request.POST or None) if may_appeal else None
    if request.method == "POST" and form is not None and form.is_valid():
        answer = _appeal(request, found, form, at)
        if answer is not None:
            return answer
    context = {
        "sanction": view,
        "form": form,
        "appeal": (appeal := own or view.appeal),
        "appeal_badge": appeal_badge_of(appeal),
        "is_mine": own is not None,
        "is_party": own is not None or found.organization_id == organization.pk,
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/standing/sanction.html", context, status=422 if form and form.errors else 200)


@console_page(Permission.AGENTS_READ)
@require_safe
def agent(request: ConsoleRequest, organization: Organization, agent_id: str) -> HttpResponse:
    """Why an agent's score is what it is; for the organization that runs it, and for one that lent it authority."""
    at = now()
    shown = get_object_or_404(Agent, pk=agent_id)
    viewer = viewer_of(shown, organization)
    if viewer is None:
        raise Http404
    is_own = shown.organization_id == organization.pk
    measures = published().filter(pk__in=Sanction.objects.about(shown).values("pk"))[:SANCTIONS_SHOWN_MAX]
    context = {
        "agent": shown,
        "sanctions": [SanctionView(one, at) for one in measures],
        "shown": explained(
            shown,
            organization=organization,
            viewer=viewer,
            may_contest=is_own and allowed(request, Permission.APPEALS_WRITE),
            at=at,
        ),
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/standing/agent.html", context)


@console_page(Permission.AGENTS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def contest(request: ConsoleRequest, organization: Organization, agent_id: str, item: str) -> HttpResponse:
    """Question one upheld case that weighs against an agent of the organization's own."""
    at = now()
    shown = get_object_or_404(Agent, pk=agent_id, organization=organization)
    viewer = viewer_of(shown, organization)
    if viewer is None or not allowed(request, Permission.APPEALS_WRITE):
        raise Http404
    lines = explained(shown, organization=organization, viewer=viewer, may_contest=True, at=at).cases
    line = next((each for each in lines if each.item.id == item and each.may_contest), None)
    if line is None:
        raise Http404
    form = ContestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        contest_item(agent=shown, item=item, text=text, organization=organization, actor=actor_of(request), at=at)
        messages.success(request, _("An operator will look and answer with a reason."))
        return redirect("console_standing_agent", organization.pk, shown.pk)
    address = reverse("console_standing_agent", args=[organization.pk, shown.pk])
    crumbs = [*_crumbs(organization), (shown.display_name, address)]
    context = {"form": form, "agent": shown, "line": line, "crumbs": crumbs}
    return render(request, "console/standing/contest.html", context, status=422 if form.errors else 200)


def _appeal(request: ConsoleRequest, found: Sanction, form: AppealForm, at: datetime) -> HttpResponse | None:
    """The way on once the appeal is there, from this press or the one before; the reason why not stands on the form."""
    words, organization = form.cleaned_data["words"], request.console.organization
    try:
        taken = open_appeal(sanction=found, appellant=organization, words=words, actor=actor_of(request), at=at)
    except (Conflict, InvalidInput) as refusal:
        if refusal.code == "appeal_exists":
            return _appealed_already(request, found)
        form.add_error(None, refusal.detail)
        return None
    messages.success(request, _("Your appeal %s is received. A receipt is on its way by e-mail.") % taken.pk)
    return redirect("console_standing_sanction", organization.pk, found.pk)


def _appealed_already(request: ConsoleRequest, found: Sanction) -> HttpResponse:
    """For a second click, or a second window: nothing is done twice, and the appeal is shown."""
    messages.info(request, _("Your organization has appealed already; this is where it stands."))
    return redirect("console_standing_sanction", request.console.organization.pk, found.pk)


def _own(organization: Organization) -> QuerySet[Sanction]:
    return published().filter(Q(organization=organization) | Q(agent__organization=organization))


def _lent_to(organization: Organization) -> QuerySet[Agent]:
    """The agents that act on the organization's authority, directly or passed on."""
    return Agent.objects.filter(pk__in=Delegation.objects.filter(principal=organization).values("agent"))


def _crumbs(organization: Organization) -> Crumbs:
    return [(_("Standing"), reverse("console_standing", args=[organization.pk]))]


urlpatterns = [
    path("console/<str:organization_id>/standing/", standing, name="console_standing"),
    path("console/<str:organization_id>/standing/agents/<str:agent_id>/", agent, name="console_standing_agent"),
    path(
        "console/<str:organization_id>/standing/agents/<str:agent_id>/contest/<str:item>/",
        contest,
        name="console_standing_contest",
    ),
    path("console/<str:organization_id>/standing/<str:sanction_id>/", sanction, name="console_standing_sanction"),
]
