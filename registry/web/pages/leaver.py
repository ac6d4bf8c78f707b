"""A member leaves: everything that ends with the membership on one page, and one button that ends it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from identity.accounts.models import Membership, Organization, Role
from identity.accounts.permissions import Permission, require_in_role
from identity.journal.kinds import MemberRemoved
from identity.journal.models import Event
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, NotFound, NotPermitted
from identity.spending.off_board import off_board
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of
from registry.web.leaver_view import ended_words, what_is_cut


@console_page(Permission.AGENTS_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: ConsoleRequest, organization: Organization, membership_id: str) -> HttpResponse:
    """Anybody may leave; removing somebody else takes the permission to change members."""
    is_own = membership_id == request.console.membership.pk
    if not is_own:
        require_in_role(request.console.membership.role, Permission.MEMBERS_WRITE)
    membership = organization.memberships.select_related("user").filter(pk=membership_id).first()
    if membership is None:
        return _left_before(request, organization, membership_id)
    return _off_board(request, membership) if request.method == "POST" else _show(request, membership)


def _show(request: ConsoleRequest, membership: Membership) -> HttpResponse:
    organization = request.console.organization
    context = {
        "membership": membership,
        "is_own": _is_own(request, membership),
        "hindrance": _hindrance(request, membership),
        "cut": what_is_cut(membership, actor=actor_of(request), at=now()),
        "crumbs": [(_("Members"), reverse("console_members", args=[organization.pk]))],
    }
    return render(request, "console/team/leaver.html", context)


def _off_board(request: ConsoleRequest, membership: Membership) -> HttpResponse:
    organization, person, is_own = request.console.organization, str(membership.user), _is_own(request, membership)
    try:
        ended = off_board(membership=membership, actor=actor_of(request), at=now())
    except NotFound:  # the other click was quicker
        return _left_before(request, organization, membership.pk)
    except (Conflict, NotPermitted) as refusal:
        messages.error(request, refusal.detail)
        return redirect("console_members", organization.pk)
    if is_own:
        messages.success(request, _("You left %s.") % organization.name)
        return redirect("console")
    messages.success(request, ended_words(person, ended))
    return redirect("console_members", organization.pk)


def _left_before(request: ConsoleRequest, organization: Organization, membership_id: str) -> HttpResponse:
    """After a double click, in a second tab or by the back button; 404 for what never was a membership here."""
    left = Event.objects.filter(subject=membership_id[:40], kind=MemberRemoved.kind, organization=organization.pk)
    if not left.exists():
        raise Http404
    messages.info(request, _("This person has left already. Nothing was done twice."))
    return redirect("console_members", organization.pk)


def _hindrance(request: ConsoleRequest, membership: Membership) -> str:
    """Why this person cannot go yet, told before she tries."""
    if membership.role != Role.OWNER:
        return ""
    if request.console.membership.role != Role.OWNER:
        return _("Only an owner can remove an owner.")
    others = Membership.objects.filter(organization=request.console.organization, role=Role.OWNER)
    if others.exclude(pk=membership.pk).exists():
        return ""
    return _("An organization always has an owner: make somebody else an owner first.")


def _is_own(request: ConsoleRequest, membership: Membership) -> bool:
    return membership.user_id == request.user.pk


urlpatterns = [
    path("console/<str:organization_id>/members/<str:membership_id>/remove/", leave, name="console_member_remove"),
]
