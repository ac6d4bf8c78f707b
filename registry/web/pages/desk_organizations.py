"""An organization on the desk: its agents and measures, how far it was verified, and what bars it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.assurance import set_assurance
from identity.accounts.bars import owners_of
from identity.accounts.models import Organization, User
from identity.accounts.operators import is_involved
from identity.accounts.organizations import update_organization
from identity.agents.models import Agent
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.desk import desk_page, operator
from registry.web.desk_view import acts_for
from registry.web.desk_view_agent import subject_facts
from registry.web.desk_view_associations import decide
from registry.web.desk_view_measure import measure_rows
from registry.web.forms.desk_organizations import AssociationForm, AssuranceForm
from reputation.moderation.models import Association, AssociationDecision, Case, CaseState, Sanction

AGENTS_SHOWN_MAX = 50
BARS_SHOWN_MAX = 100
MEASURES_SHOWN_MAX = 50
_FIELDS = {"level": "assurance_level", "reason": "assurance_reason", "legal_id": "legal_id"}
_Refused = (InvalidInput, Conflict, NotPermitted)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def organization(request: HttpRequest, organization_id: str) -> HttpResponse:
    """Everything on one page; POST says how far it was verified."""
    shown, at = get_object_or_404(Organization, pk=organization_id), now()
    initial = {"assurance_level": shown.assurance_level, "legal_id": shown.legal_id}
    form = AssuranceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _verify(request, shown, form)
        except _Refused as refusal:
            form.add_error(_FIELDS.get(refusal.field or ""), refusal.detail)
        else:
            messages.success(request, _("Set. Its agents' limits follow at once."))
            return redirect("desk_organization", shown.pk)
    agents = Agent.objects.filter(organization=shown).order_by("-id")
    measures = Sanction.objects.filter(organization=shown).select_related("agent", "organization").order_by("-id")
    context = {
        "organization": shown,
        "is_deplatformed": shown.is_deplatformed(at),
        "is_own": is_involved(cast(User, request.user), [shown.pk]),
        "facts": subject_facts(None, shown, at=at),
        "owners": User.objects.filter(pk__in=owners_of(shown)).order_by("pk"),
        "agents": agents[:AGENTS_SHOWN_MAX],
        "agents_more": max(agents.count() - AGENTS_SHOWN_MAX, 0),
        "measures": measure_rows(list(measures[:MEASURES_SHOWN_MAX])),
        "bars": shown.bars.order_by("kind", "value")[:BARS_SHOWN_MAX],
        "open_case": Case.objects.filter(agent=None, organization=shown, state=CaseState.OPEN).first(),
        "form": form,
        "acts": acts_for([shown.pk]),
        "crumbs": [(_("Agents and organizations"), reverse("desk_subjects"))],
    }
    return render(request, "desk/organization.html", context, status=422 if form.errors else 200)


@desk_page
@require_POST
def association(request: HttpRequest, association_id: str) -> HttpResponse:
    """The decision about one associated agent, and what follows from it."""
    found = get_object_or_404(Association.objects.select_related("agent", "sanction"), pk=association_id)
    form = AssociationForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a decision and say why."))
        return redirect("desk_sanction", found.sanction_id)
    decision, words = AssociationDecision(form.cleaned_data["decision"]), form.cleaned_data["words"]
    try:
        decide(found, decision, words=words, actor=operator(request), at=now())
        messages.success(request, _("Decided."))
    except _Refused as refusal:
        messages.error(request, refusal.detail)
    return redirect("desk_sanction", found.sanction_id)


def _verify(request: HttpRequest, shown: Organization, form: AssuranceForm) -> None:
    """The legal id and the level that rests on it, both or neither."""
    by, at, given = operator(request), now(), form.cleaned_data
    with transaction.atomic():
        if given["legal_id"]:
            update_organization(organization=shown, legal_id=given["legal_id"], actor=by, at=at)
        set_assurance(
            organization=shown, level=given["assurance_level"], reason=given["assurance_reason"], actor=by, at=at
        )


urlpatterns = [
    path("desk/organizations/<str:organization_id>/", organization, name="desk_organization"),
    path("desk/associations/<str:association_id>/", association, name="desk_association"),
]
