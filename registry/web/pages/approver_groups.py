"""Groups of approvers: who is in them, how many have to agree, and which delegations ask them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.delegation.approver_groups import (
    ANSWERING_ROLES,
    change_group,
    delegations_naming,
    make_group,
    people_who_answer,
    remove_group,
)
from identity.delegation.models import ApproverGroup, GroupSeat
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import Crumbs, actor_of, allowed
from registry.web.forms.approvers import ApproverGroupForm


@dataclass(frozen=True, slots=True)
class GroupRow:
    """``is_short``: fewer people whose role answers than have to agree, so that nothing goes through."""

    group: ApproverGroup
    people: list[str]

    @property
    def is_short(self) -> bool:
        return len(self.people) < self.group.needed


@console_page(Permission.DELEGATIONS_READ)
@require_safe
def groups(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    seats = GroupSeat.objects.filter(membership__role__in=ANSWERING_ROLES, membership__user__is_active=True)
    answering = Prefetch("seats", queryset=seats.select_related("membership__user").order_by("pk"))
    rows = [
        GroupRow(group, sorted(str(seat.membership.user) for seat in group.seats.all()))
        for group in organization.approver_groups.prefetch_related(answering).order_by("name")
    ]
    context = {
        "rows": rows,
        "may_write": allowed(request, Permission.APPROVERS_WRITE),
        "crumbs": _crumbs(organization)[:1],
    }
    return render(request, "console/team/groups.html", context)


@console_page(Permission.APPROVERS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    form = ApproverGroupForm(request.POST or None, members=people_who_answer(organization))
    if request.method == "POST" and form.is_valid():
        try:
            made = make_group(organization=organization, **form.given(), actor=actor_of(request), at=now())
        except (InvalidInput, Conflict) as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        else:
            messages.success(request, _("“%s” can be asked from now on: choose it when you lend.") % made.name)
            return redirect("console_team_groups", organization.pk)
    context = {"form": form, "crumbs": _crumbs(organization)}
    return render(request, "console/team/group.html", context, status=422 if form.errors else 200)


@console_page(Permission.APPROVERS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: ConsoleRequest, organization: Organization, group_id: str) -> HttpResponse:
    group = get_object_or_404(organization.approver_groups, pk=group_id)
    form = ApproverGroupForm(request.POST or None, members=people_who_answer(organization), group=group)
    if request.method == "POST" and form.is_valid():
        try:
            change_group(group=group, **form.given(), actor=actor_of(request), at=now())
        except (InvalidInput, NotFound) as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        else:
            messages.success(request, _("Saved."))
            return redirect("console_team_groups", organization.pk)
    context = {
        "form": form,
        "group": group,
        "asked_by": list(delegations_naming(group).select_related("agent").order_by("pk")[:25]),
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/team/group.html", context, status=422 if form.errors else 200)


@console_page(Permission.APPROVERS_WRITE)
@require_POST
def remove(request: ConsoleRequest, organization: Organization, group_id: str) -> HttpResponse:
    group = organization.approver_groups.filter(pk=group_id).first()
    try:
        if group is not None:
            remove_group(group=group, actor=actor_of(request), at=now())
        messages.success(request, _("The group is removed."))
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return redirect("console_team_group", organization.pk, group_id)
    except NotFound:
        messages.success(request, _("The group is removed."))
    return redirect("console_team_groups", organization.pk)


def _crumbs(organization: Organization) -> Crumbs:
    return [
        (_("Team"), reverse("console_team", args=[organization.pk])),
        (_("Approver groups"), reverse("console_team_groups", args=[organization.pk])),
    ]


_PLACE = "console/<str:organization_id>/team/groups/"

urlpatterns = [
    path(_PLACE, groups, name="console_team_groups"),
    path(f"{_PLACE}new/", create, name="console_team_group_create"),
    path(f"{_PLACE}<str:group_id>/", change, name="console_team_group"),
    path(f"{_PLACE}<str:group_id>/remove/", remove, name="console_team_group_remove"),
]
