"""The console's own pages: my organizations, one organization at a glance, and the way to claim an agent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from identity.accounts.models import Membership, Organization
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.primitives.clock import now
from registry.web.access import ConsoleRequest, console_page, signed_in_page
from registry.web.overview import overview_of

ORGANIZATIONS_SHOWN_MAX = 100


@require_safe
@signed_in_page
def console(request: HttpRequest) -> HttpResponse:
    """The organizations of the person signed in."""
    memberships = Membership.objects.filter(user_id=request.user.pk).select_related("organization").order_by("id")
    return render(request, "console/organizations.html", {"memberships": memberships[:ORGANIZATIONS_SHOWN_MAX]})


@console_page(Permission.AGENTS_READ)
@require_safe
def overview(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    seen = overview_of(organization, role=request.console.membership.role, at=now())
    trying = _trying(request, organization, has_lent=seen.has_lent)
    context = {"organization": organization, "overview": seen, "trying": trying}
    return render(request, "console/overview.html", context)


def _trying(request: ConsoleRequest, organization: Organization, *, has_lent: bool) -> str:
    """To whoever may lend and answer the sandbox is offered ("offer") until it was begun or skipped once, and to nobody
    whose organization lends for real already; while one is open, the way back to it ("open")."""
    if (
        not {Permission.APPROVALS_WRITE, Permission.DELEGATIONS_WRITE}
        <= ROLE_PERMISSIONS[request.console.membership.role]
    ):
        return ""
    latest = organization.sandbox_runs.order_by("-id").first()
    if latest is None:
        return "" if has_lent else "offer"
    return "open" if latest.is_open(now()) else ""


urlpatterns = [
    path("console/", console, name="console"),
    path("console/<str:organization_id>/", overview, name="console_organization"),
]
