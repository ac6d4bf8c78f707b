"""What a holder does with a name in the console: point, records, hold, lock, renew, transfer, release."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.primitives.clock import now
from identity.primitives.errors import AttornError, Conflict, Gone, InvalidInput, NotPermitted
from registry.directory.holdings import names_of
from registry.directory.models import Name, NameStatus, NameTransfer
from registry.directory.records import replace_records
from registry.directory.register import change_ttl, point_name, release, renew
from registry.directory.status import clear_client_status, set_client_status
from registry.directory.transfer import accept_transfer, cancel_transfer, request_transfer
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of
from registry.web.forms.names import (
    AcceptForm,
    PointForm,
    RecordFormSet,
    RenewForm,
    TransferForm,
    filled_rows,
)
from registry.web.name_view import name_context, name_crumbs, names_crumbs, show_refusal

REFUSALS = (InvalidInput, Conflict, Gone, NotPermitted)
# What the buttons of the page may set, by the word in the address.
SWITCHES = {
    "hold": (set_client_status, NameStatus.CLIENT_HOLD),
    "unhold": (clear_client_status, NameStatus.CLIENT_HOLD),
    "lock": (set_client_status, NameStatus.CLIENT_TRANSFER_PROHIBITED),
    "unlock": (clear_client_status, NameStatus.CLIENT_TRANSFER_PROHIBITED),
}


@console_page(Permission.NAMES_WRITE)
@require_POST
def point(request: ConsoleRequest, organization: Organization, name_id: str) -> HttpResponse:
    name = _name(organization, name_id)
    form = PointForm(request.POST, organization=organization)
    if form.is_valid():
        wanted, at = form.cleaned_data, now()
        try:
            if (wanted["agent"].pk if wanted["agent"] else None) != name.agent_id:
                name = point_name(name=name, agent=wanted["agent"], actor=actor_of(request), at=at)
            if wanted["ttl_seconds"] != name.ttl_seconds:
                name = change_ttl(name=name, ttl_seconds=wanted["ttl_seconds"], actor=actor_of(request), at=at)
        except REFUSALS as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, name)
    return _refused(request, organization, name, point_form=form)


@console_page(Permission.NAMES_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def records(request: ConsoleRequest, organization: Organization, name_id: str) -> HttpResponse:
    """The editor is one plain form: a row a record, three empty ones at the end, an emptied value removes."""
    name = _name(organization, name_id)
    have = [
        {"type": row.type, "value": row.value, "ttl_seconds": row.ttl_seconds}
        for row in name.records.order_by("type", "value")
    ]
    formset = RecordFormSet(request.POST or None, initial=have)
    if request.method == "POST" and formset.is_valid():
        rows = filled_rows(formset)
        try:
            replace_records(name=name, records=[row for _, row in rows], actor=actor_of(request), at=now())
        except REFUSALS as refusal:
            _show_on_row(formset, [form for form, _ in rows], refusal)
        else:
            return _saved(request, name)
    is_refused = request.method == "POST"
    context = {
        "organization": organization,
        "name": name,
        "formset": formset,
        "crumbs": name_crumbs(organization, name),
    }
    return render(request, "console/names/records.html", context, status=422 if is_refused else 200)


@console_page(Permission.NAMES_WRITE)
@require_POST
def switch(request: ConsoleRequest, organization: Organization, name_id: str, to: str) -> HttpResponse:
    name = _name(organization, name_id)
    rule, status = SWITCHES[to]
    return _attempt(request, name, lambda: rule(name=name, status=status, actor=actor_of(request), at=now()))


@console_page(Permission.NAMES_WRITE)
@require_POST
def renewal(request: ConsoleRequest, organization: Organization, name_id: str) -> HttpResponse:
    name, form = _name(organization, name_id), RenewForm(request.POST)
    if form.is_valid():
        try:
            renewed = renew(name=name, years=form.cleaned_data["years"], actor=actor_of(request), at=now())
        except REFUSALS as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, renewed)
    return _refused(request, organization, name, renew_form=form)


@console_page(Permission.NAMES_WRITE)
@require_POST
def remove(request: ConsoleRequest, organization: Organization, name_id: str) -> HttpResponse:
    name = _name(organization, name_id)
    try:
        release(name=name, actor=actor_of(request), at=now())
    except REFUSALS as refusal:
        messages.error(request, refusal.detail)
        return redirect("console_name", organization.pk, name.pk)
    messages.success(request, _("%(name)s is released.") % {"name": name.fqn})
    return redirect("console_names", organization.pk)


@console_page(Permission.NAMES_WRITE)
@require_POST
@sensitive_variables("code")
def transfer(request: ConsoleRequest, organization: Organization, name_id: str) -> HttpResponse:
    """Offer the name; the code is on the answering page and nowhere else."""
    name, form = _name(organization, name_id), TransferForm(request.POST)
    if form.is_valid():
        to = Organization.objects.filter(pk=form.cleaned_data["to"].strip()).first()
        if to is None:
            form.add_error("to", _("There is no such organization."))
        else:
            try:
                offered, code = request_transfer(name=name, to=to, actor=actor_of(request), at=now())
            except REFUSALS as refusal:
                show_refusal(form, refusal)
            else:
                context = {"organization": organization, "name": name, "transfer": offered, "code": code}
                return render(request, "console/names/transfer_code.html", context)
    return _refused(request, organization, name, transfer_form=form)


@console_page(Permission.NAMES_WRITE)
@require_POST
def transfer_cancel(request: ConsoleRequest, organization: Organization, transfer_id: str) -> HttpResponse:
    try:
        cancel_transfer(transfer_id=transfer_id, organization=organization, actor=actor_of(request), at=now())
    except REFUSALS as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("The transfer is called off."))
    return redirect("console_names", organization.pk)


@console_page(Permission.NAMES_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("form")
def transfer_accept(request: ConsoleRequest, organization: Organization, transfer_id: str) -> HttpResponse:
    offered = get_object_or_404(NameTransfer.objects.select_related("name", "origin"), pk=transfer_id, to=organization)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"].strip()
        try:
            name = accept_transfer(
                transfer_id=offered.pk, code=code, organization=organization, actor=actor_of(request), at=now()
            )
        except REFUSALS as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s is yours.") % {"name": name.fqn})
            return redirect("console_name", organization.pk, name.pk)
    context = {
        "organization": organization,
        "transfer": offered,
        "form": form,
        "crumbs": names_crumbs(organization),
    }
    return render(request, "console/names/transfer_accept.html", context, status=422 if form.errors else 200)


def _name(organization: Organization, name_id: str) -> Name:
    return get_object_or_404(names_of(organization), pk=name_id)


def _attempt(request: ConsoleRequest, name: Name, change: Any) -> HttpResponse:
    try:
        return _saved(request, change())
    except REFUSALS as refusal:
        messages.error(request, refusal.detail)
        return redirect("console_name", request.console.organization.pk, name.pk)


def _saved(request: ConsoleRequest, name: Name) -> HttpResponse:
    messages.success(request, _("Saved. Resolvers say so from now on."))
    return redirect("console_name", request.console.organization.pk, name.pk)


def _refused(request: ConsoleRequest, organization: Organization, name: Name, **forms: Any) -> HttpResponse:
    return render(request, "console/names/name.html", name_context(request, organization, name, **forms), status=422)


def _show_on_row(formset: Any, rows: list[Any], refusal: AttornError) -> None:
    """``records.2.value`` belongs to the value of the third filled row."""
    _, _, rest = (refusal.field or "").partition("records.")
    place, _, field = rest.partition(".")
    if place.isdigit() and int(place) < len(rows):
        rows[int(place)].add_error(field, refusal.detail)
    else:
        formset._non_form_errors = formset.error_class([refusal.detail])


_BASE = "console/<str:organization_id>/names"
urlpatterns = [
    path(f"{_BASE}/transfers/<str:transfer_id>/", transfer_accept, name="console_name_transfer_accept"),
    path(f"{_BASE}/transfers/<str:transfer_id>/cancel/", transfer_cancel, name="console_name_transfer_cancel"),
    path(f"{_BASE}/<str:name_id>/point/", point, name="console_name_point"),
    path(f"{_BASE}/<str:name_id>/records/", records, name="console_name_records"),
    path(f"{_BASE}/<str:name_id>/renew/", renewal, name="console_name_renew"),
    path(f"{_BASE}/<str:name_id>/release/", remove, name="console_name_release"),
    path(f"{_BASE}/<str:name_id>/transfer/", transfer, name="console_name_transfer"),
    *(
        path(f"{_BASE}/<str:name_id>/{word}/", switch, kwargs={"to": word}, name=f"console_name_{word}")
        for word in SWITCHES
    ),
]
