"""Who is away, until when, and who stands in meanwhile."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission, require_in_role
from identity.delegation.absences import end_absence, not_over, set_absence
from identity.delegation.approver_groups import people_who_answer
from identity.delegation.models import Absence
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of, allowed
from registry.web.forms.approvers import AbsenceForm

_FIELDS = {"stand_in": "stand_in", "ends_at": "last_day"}


@console_page(Permission.APPROVALS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """One's own absences; an owner sets those of others, too: nobody plans to fall ill."""
    at, mine = now(), request.console.membership
    members = people_who_answer(organization)
    for_others = allowed(request, Permission.APPROVERS_WRITE)
    data = request.POST if request.method == "POST" else None
    form = AbsenceForm(data, mine=mine, may_set_others=for_others, members=members)
    if data is not None and form.is_valid():
        try:
            set_absence(**form.given(at), actor=actor_of(request), at=at)
        except (InvalidInput, Conflict) as problem:
            form.add_error(_FIELDS.get(problem.field or ""), problem.detail)
        else:
            messages.success(request, _("Saved. It ends by itself."))
            return redirect("console_team_absences", organization.pk)
    planned = not_over(organization, at).select_related("membership__user", "stand_in__user")
    context = {
        "form": form,
        "rows": [(one, one.is_now(at), for_others or one.membership_id == mine.pk) for one in planned[:100]],
        "can_set": len(members) > 1,
        "mine": mine,
        "crumbs": [(_("Team"), reverse("console_team", args=[organization.pk]))],
    }
    return render(request, "console/team/absences.html", context, status=422 if form.errors else 200)


@console_page(Permission.APPROVALS_WRITE)
@require_POST
def end(request: ConsoleRequest, organization: Organization, absence_id: str) -> HttpResponse:
    absence = Absence.objects.filter(pk=absence_id, membership__organization=organization).first()
    if absence is None:
        raise Http404
    if absence.membership_id != request.console.membership.pk:
        require_in_role(request.console.membership.role, Permission.APPROVERS_WRITE)
    end_absence(absence=absence, actor=actor_of(request), at=now())
    messages.success(request, _("The absence is over."))
    return redirect("console_team_absences", organization.pk)


_PLACE = "console/<str:organization_id>/team/absences/"

urlpatterns = [
    path(_PLACE, absences, name="console_team_absences"),
    path(f"{_PLACE}<str:absence_id>/end/", end, name="console_team_absence_end"),
]
