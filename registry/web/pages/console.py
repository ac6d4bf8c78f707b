"""The console's own pages: my organizations, and one organization at a glance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from identity.accounts.models import Membership, Organization
from identity.accounts.permissions import Permission
from registry.web.access import ConsoleRequest, console_page, signed_in_page


@signed_in_page
def console(request: HttpRequest) -> HttpResponse:
    """The organizations of the person signed in."""
    memberships = Membership.objects.filter(user_id=request.user.pk).select_related("organization").order_by("id")
    return render(request, "console/organizations.html", {"memberships": memberships})


@console_page(Permission.AGENTS_READ)
def overview(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    return render(request, "console/overview.html", {"organization": organization})


urlpatterns = [
    path("console/", console, name="console"),
    path("console/<str:organization_id>/", overview, name="console_organization"),
]
