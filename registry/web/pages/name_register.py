"""Taking a zone and registering a name, with the answer to "is it free?" while typing."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.primitives.clock import now
from identity.primitives.errors import AttornError, Conflict, InvalidInput, NotPermitted
from registry.directory.models import Zone, ZoneKind
from registry.directory.names import full_form
from registry.directory.register import allowed_label, refuse_taken_name, register_name
from registry.directory.zones import allowed_zone_label, create_zone, refuse_taken_zone
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of
from registry.web.forms.names import RegisterForm, ZoneForm
from registry.web.name_view import names_crumbs, show_refusal

REFUSALS = (InvalidInput, Conflict, NotPermitted)


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a name can be had right now, and why not."""

    is_free: bool
    text: str


@console_page(Permission.NAMES_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    if not organization.zones.exclude(kind=ZoneKind.DIRECTORY).exists():
        return redirect("console_name_zone", organization.pk)
    initial = {"agent": request.GET.get("agent", ""), "label": request.GET.get("label", "")[:63]}
    form = RegisterForm(request.POST or None, initial=initial, organization=organization)
    if request.method == "POST" and form.is_valid():
        try:
            name = register_name(**form.cleaned_data, actor=actor_of(request), at=now())
        except REFUSALS as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s is registered.") % {"name": name.fqn})
            return redirect("console_name", organization.pk, name.pk)
    context = {"organization": organization, "form": form, "crumbs": names_crumbs(organization)}
    return render(request, "console/names/register.html", context, status=422 if form.errors else 200)


@console_page(Permission.NAMES_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def zone(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    form = ZoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_zone(organization=organization, **form.cleaned_data, actor=actor_of(request), at=now())
        except REFUSALS as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The zone %(zone)s is yours.") % {"zone": made.label})
            return redirect("console_name_register", organization.pk)
    context = {"organization": organization, "form": form, "crumbs": names_crumbs(organization)}
    return render(request, "console/names/zone.html", context, status=422 if form.errors else 200)


@console_page(Permission.NAMES_WRITE)
@require_safe
def availability(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """A fragment for the form: the answer for ``?label=`` in the zone ``?zone=``, or as a zone without it."""
    label = request.GET.get("label", "").strip()[:253]
    zone_id = request.GET.get("zone", "")
    found: Availability | None = None
    if label and zone_id:
        held = Zone.objects.filter(organization=organization, pk=zone_id).first()
        found = name_availability(label, held) if held is not None else None
    elif label:
        found = zone_availability(label)
    return render(request, "console/names/availability.html", {"found": found})


def name_availability(label: str, zone: Zone) -> Availability:
    try:
        canonical = allowed_label(label, zone=zone)
        refuse_taken_name(canonical, zone=zone)
    except AttornError as refusal:
        return Availability(False, refusal.detail)
    return Availability(True, _("%(name)s is free.") % {"name": full_form(f"{canonical}.{zone.label}")})


def zone_availability(label: str) -> Availability:
    try:
        canonical = allowed_zone_label(label)
        refuse_taken_zone(canonical)
    except AttornError as refusal:
        return Availability(False, refusal.detail)
    return Availability(True, _("The zone %(zone)s is free.") % {"zone": canonical})


urlpatterns = [
    path("console/<str:organization_id>/names/register/", register, name="console_name_register"),
    path("console/<str:organization_id>/names/zone/", zone, name="console_name_zone"),
    path("console/<str:organization_id>/names/availability/", availability, name="console_name_availability"),
]
