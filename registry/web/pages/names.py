"""An organization's names in the console: the list with its zones, and one name with its records."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.primitives.clock import now
from registry.directory.holdings import names_of, transferring_ids, transfers_of
from registry.directory.limits import NAMES_PER_ORGANIZATION_MAX
from registry.directory.models import TransferState, ZoneKind
from registry.directory.status import statuses_at
from registry.directory.zones import zone_full_form
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import allowed
from registry.web.name_view import name_context

NAMES_SHOWN_MAX = 50


@console_page(Permission.AGENTS_READ)
@require_safe
def names(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """In the order of the alphabet, 50 a page; ``?after=`` is the last name of the page before."""
    at, after = now(), request.GET.get("after", "")[:253]
    found = list(names_of(organization).filter(fqn__gt=after).order_by("fqn")[: NAMES_SHOWN_MAX + 1])
    shown = found[:NAMES_SHOWN_MAX]
    moving = transferring_ids(shown, at=at)
    context = {
        "organization": organization,
        "rows": [(name, statuses_at(name, at, is_transferring=name.pk in moving)) for name in shown],
        "zones": [(zone, zone_full_form(zone)) for zone in organization.zones.exclude(kind=ZoneKind.DIRECTORY)],
        "incoming": transfers_of(organization).filter(to=organization, state=TransferState.PENDING, expires_at__gt=at),
        "may_write": allowed(request, Permission.NAMES_WRITE),
        "first_url": request.path if after else "",
        "next_url": f"{request.path}?after={shown[-1].fqn}" if len(found) > NAMES_SHOWN_MAX else "",
        "names_max": NAMES_PER_ORGANIZATION_MAX,
    }
    return render(request, "console/names/list.html", context)


@console_page(Permission.AGENTS_READ)
@require_safe
def name(request: ConsoleRequest, organization: Organization, name_id: str) -> HttpResponse:
    shown = get_object_or_404(names_of(organization), pk=name_id)
    return render(request, "console/names/name.html", name_context(request, organization, shown))


urlpatterns = [
    path("console/<str:organization_id>/names/", names, name="console_names"),
    path("console/<str:organization_id>/names/<str:name_id>/", name, name="console_name"),
]
