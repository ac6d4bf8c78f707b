"""Making an organization, changing what it says of itself, and acting for oneself in person."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.models import Organization, OrganizationKind, User
from identity.accounts.organizations import (
    NAME_LENGTH_MAX,
    WEBSITE_LENGTH_MAX,
    create_organization,
    personal_organization,
    update_organization,
)
from identity.accounts.permissions import Permission
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import AttornError, Conflict, InvalidInput, NotPermitted
from registry.web.access import ConsoleRequest, console_page, signed_in_page
from registry.web.pages import members

FIELDS = ("name", "country", "website", "legal_id")
LEGAL_ID_TYPED_MAX = 80  # with the spaces and hyphens that people put into it
REFUSALS = (InvalidInput, Conflict, NotPermitted)


class OrganizationForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH_MAX,
        help_text=gettext_lazy("As the public knows it. Everybody who looks up one of your agents sees it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        required=False,
        help_text=gettext_lazy("Two letters, such as DE."),
        widget=forms.TextInput(attrs={"autocomplete": "country", "size": 2}),
    )
    website = forms.CharField(
        label=gettext_lazy("Website"),
        max_length=WEBSITE_LENGTH_MAX,
        required=False,
        widget=forms.URLInput(attrs={"autocomplete": "url", "placeholder": "https://"}),
    )
    legal_id = forms.CharField(
        label=gettext_lazy("Legal id"),
        max_length=LEGAL_ID_TYPED_MAX,
        required=False,
        help_text=gettext_lazy(
            "How a public register knows it: an LEI, a VAT id, or country, register and number. Not needed to begin; "
            "the registry verifies the legal entity by it before it trusts the organization further."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def create(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = OrganizationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            organization = create_organization(
                kind=OrganizationKind.ORGANIZATION, owner=user, actor=_actor(user), at=now(), **_values(form)
            )
        except REFUSALS as problem:
            _say(form, problem)
        else:
            return redirect("console_organization", organization.pk)
    return render(request, "console/organization_create.html", {"form": form})


@require_POST
@signed_in_page
def act_in_person(request: HttpRequest) -> HttpResponse:
    """Go to the organization of one's own person, which is made on first need."""
    organization = personal_organization(cast(User, request.user), now())
    return redirect("console_organization", organization.pk)


@console_page(Permission.ORGANIZATION_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    initial = {field: getattr(organization, field) for field in FIELDS}
    form = OrganizationForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            update_organization(organization=organization, actor=_actor(request.user), at=now(), **_values(form))
        except REFUSALS as problem:
            _say(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("console_organization_settings", organization.pk)
    return render(request, "console/organization_settings.html", {"form": form, "organization": organization})


def _values(form: OrganizationForm) -> dict[str, Any]:
    return {field: form.cleaned_data[field] for field in FIELDS}


def _say(form: OrganizationForm, problem: AttornError) -> None:
    form.add_error(problem.field if problem.field in form.fields else None, problem.detail)


def _actor(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


urlpatterns = [
    path("console/organizations/new/", create, name="console_organization_create"),
    path("console/in-person/", act_in_person, name="console_in_person"),
    path("console/<str:organization_id>/settings/", settings, name="console_organization_settings"),
    *members.urlpatterns,
]
