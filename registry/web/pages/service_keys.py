"""Service keys: bearer credentials of an organization's own programs. A token is shown once, where it was made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization, ServiceKey, User
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.accounts.service_keys import NAME_LENGTH_MAX, SCOPES, create_service_key, revoke, rotate
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.access import ConsoleRequest, console_page
from registry.web.forms.offered import offer

KEYS_SHOWN_MAX = 200

SCOPE_WORDS: list[tuple[str, Any]] = [
    (SCOPES.AGENTS_READ, gettext_lazy("Read agents")),
    (SCOPES.AGENTS_WRITE, gettext_lazy("Register, change and suspend agents")),
    (SCOPES.KEYS_WRITE, gettext_lazy("Add, rotate and revoke agents' keys")),
    (SCOPES.NAMES_WRITE, gettext_lazy("Register names and change their records")),
    (SCOPES.DOMAINS_WRITE, gettext_lazy("Add and prove domains")),
    (SCOPES.CREDENTIALS_WRITE, gettext_lazy("Issue, suspend and revoke credentials")),
    (SCOPES.DELEGATIONS_READ, gettext_lazy("See delegations and what is left of them")),
    (SCOPES.DELEGATIONS_WRITE, gettext_lazy("Draft, pass on, suspend and revoke delegations")),
    (SCOPES.APPROVERS_WRITE, gettext_lazy("Set who answers questions: groups and absences")),
    (SCOPES.ACTIVITY_READ, gettext_lazy("Read activity")),
    (SCOPES.VENDORS_WRITE, gettext_lazy("Register vendors")),
    (SCOPES.AUTHORIZATIONS_READ, gettext_lazy("Read authorizations and their evidence")),
    (SCOPES.AUTHORIZATIONS_WRITE, gettext_lazy("Authorize spends, capture, void and refund as a vendor")),
    (SCOPES.SUBSCRIPTIONS_WRITE, gettext_lazy("Subscribe to status events, change and end subscriptions")),
    (SCOPES.STATUS_EVENTS_READ, gettext_lazy("Read status events")),
    (SCOPES.REPORTS_READ, gettext_lazy("Read the reports that you made")),
    (SCOPES.REPORTS_WRITE, gettext_lazy("Report agents and attach evidence")),
    (SCOPES.APPEALS_READ, gettext_lazy("Read your appeals")),
    (SCOPES.APPEALS_WRITE, gettext_lazy("Appeal against measures")),
]
LIFETIMES: list[tuple[str, Any]] = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("1 year")),
    ("endless", gettext_lazy("No end (rotate it yourself)")),
]
OVERLAPS: list[tuple[str, Any]] = [
    ("3600", gettext_lazy("1 hour")),
    ("86400", gettext_lazy("1 day")),
    ("604800", gettext_lazy("7 days")),
    ("0", gettext_lazy("None: the old key ends now")),
]


class CreateForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH_MAX,
        help_text=gettext_lazy("The program that will hold it, so that you know what breaks when you revoke it."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), choices=SCOPE_WORDS, widget=forms.CheckboxSelectMultiple
    )
    lifetime = forms.ChoiceField(label=gettext_lazy("How long"), choices=LIFETIMES, initial="90")


class RotateForm(forms.Form):
    overlap = forms.ChoiceField(
        label=gettext_lazy("How long the old key still works"), choices=OVERLAPS, initial="86400"
    )


@console_page(Permission.SERVICE_KEYS_WRITE)
@require_safe
def service_keys(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    keys = organization.service_keys.select_related("created_by").order_by("-id")[:KEYS_SHOWN_MAX]
    rows = [(key, _state(key), [words for scope, words in SCOPE_WORDS if scope in key.scopes]) for key in keys]
    return render(request, "console/service_keys/list.html", {"organization": organization, "rows": rows})


@console_page(Permission.SERVICE_KEYS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def create(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    form = CreateForm(request.POST if request.method == "POST" else None)
    own = ROLE_PERMISSIONS[request.console.membership.role]
    offer(form, "scopes", [(scope, words) for scope, words in SCOPE_WORDS if Permission(scope) in own])
    page: dict[str, Any] = {"organization": organization, "form": form, "crumbs": _crumbs(organization)}
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["lifetime"]
        at = now()
        try:
            key, token = create_service_key(
                organization=organization,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=at + timedelta(days=int(days)) if days.isdigit() else None,
                actor=_actor(request.user),
                at=at,
                created_by=request.user,
            )
        except (InvalidInput, Conflict, NotPermitted) as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        else:
            return render(request, "console/service_keys/created.html", {**page, "key": key, "token": token})
    return render(request, "console/service_keys/create.html", page)


@console_page(Permission.SERVICE_KEYS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def service_key(request: ConsoleRequest, organization: Organization, key_id: str) -> HttpResponse:
    """One key; sending the form rotates it."""
    key = get_object_or_404(organization.service_keys.select_related("created_by"), pk=key_id)
    form = RotateForm(request.POST if request.method == "POST" else None)
    page: dict[str, Any] = {
        "organization": organization,
        "key": key,
        "form": form,
        "crumbs": _crumbs(organization),
        "state": _state(key),
        "is_active": key.is_active(now()),
        "scopes": [words for scope, words in SCOPE_WORDS if scope in key.scopes],
    }
    if request.method == "POST" and form.is_valid():
        overlap_seconds = int(form.cleaned_data["overlap"])
        try:
            new, token = rotate(
                key=key,
                overlap_seconds=overlap_seconds,
                actor=_actor(request.user),
                at=now(),
                created_by=request.user,
            )
        except (InvalidInput, Conflict, NotPermitted) as problem:
            form.add_error(None, problem.detail)
        else:
            key.refresh_from_db()
            return render(
                request, "console/service_keys/created.html", {**page, "key": new, "token": token, "old": key}
            )
    return render(request, "console/service_keys/detail.html", page)


@console_page(Permission.SERVICE_KEYS_WRITE)
@require_POST
def revoke_key(request: ConsoleRequest, organization: Organization, key_id: str) -> HttpResponse:
    key = get_object_or_404(organization.service_keys, pk=key_id)
    revoke(key=key, actor=_actor(request.user), at=now())
    messages.success(request, _("The key “%s” was revoked. Whoever holds it is refused from now on.") % key.name)
    return redirect("console_service_keys", organization.pk)


def _state(key: ServiceKey) -> str:
    """The key's state, in the words of ``registry.web.states``."""
    if key.revoked_at is not None:
        return "revoked"
    return "valid" if key.is_active(now()) else "expired"


def _crumbs(organization: Organization) -> list[tuple[str, str]]:
    return [(_("Service keys"), reverse("console_service_keys", args=[organization.pk]))]


def _actor(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


urlpatterns = [
    path("console/<str:organization_id>/service-keys/", service_keys, name="console_service_keys"),
    path("console/<str:organization_id>/service-keys/new/", create, name="console_service_key_create"),
    path("console/<str:organization_id>/service-keys/<str:key_id>/", service_key, name="console_service_key"),
    path(
        "console/<str:organization_id>/service-keys/<str:key_id>/revoke/", revoke_key, name="console_service_key_revoke"
    ),
]
