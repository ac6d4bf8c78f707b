"""Lending authority: five questions with a live picture of what the answers mean. Nothing is lent here yet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.delegation.constraints import parse_constraints
from identity.delegation.delegate import draft_root
from identity.delegation.lending_bounds import Bounds
from identity.delegation.link import Terms
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import Crumbs, actor_of
from registry.web.delegation_preview import Preview, preview_of
from registry.web.forms.delegations import DelegationForm
from registry.web.guided import Asked, ask, refused, with_preset
from registry.web.lending import Lending, lending_of, presets_of
from registry.web.presets import Preset


@console_page(Permission.DELEGATIONS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """Each step a GET that carries every answer so far; the last one posts all of them and leads to the page where
    the words are signed."""
    lending = lending_of(request)
    if not lending.bounds.may_lend:
        return render(request, "console/delegations/create_not.html", {"crumbs": _crumbs(organization)}, status=403)
    presets = presets_of(request, lending.bounds)
    form_of = partial(DelegationForm, organization=organization, bounds=lending.bounds, presets=presets)
    if request.method != "POST":
        asked = ask(request.GET, form_of=form_of, presets=presets)
        return _show(request, asked, lending, presets)
    form = form_of(data=request.POST)
    if form.is_valid():
        at = now()
        terms = Terms(
            constraints=parse_constraints(form.cleaned_data["constraints"]),
            valid_from=at,
            valid_until=form.ends_at(at),
            max_further_depth=int(form.cleaned_data["max_further_depth"]),
        )
        try:
            agent, actor = form.cleaned_data["agent"], actor_of(request)
            draft = draft_root(principal=organization, agent=agent, terms=terms, actor=actor, at=at)
        except (InvalidInput, Conflict, NotPermitted) as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        else:
            return redirect("console_delegation_confirm", organization.pk, draft.pk)
    return _show(request, refused(form, request.POST), lending, presets)


@console_page(Permission.DELEGATIONS_WRITE)
@require_safe
def preview(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """What the answers so far would mean, as a part of a page: asked for while somebody types."""
    bounds = lending_of(request).bounds
    shown = _preview(organization, request.GET, bounds, presets_of(request, bounds))
    return render(request, "console/delegations/preview.html", {"preview": shown})


def _preview(organization: Organization, values: QueryDict, bounds: Bounds, presets: Mapping[str, Preset]) -> Preview:
    form = DelegationForm(with_preset(values, presets), organization=organization, presets=presets)
    return preview_of(form, bounds=bounds, at=now())


def _show(request: ConsoleRequest, asked: Asked, lending: Lending, presets: Mapping[str, Preset]) -> HttpResponse:
    organization = request.console.organization
    context = {
        "form": asked.form,
        "asked": asked,
        "lending": lending,
        "preview": _preview(organization, asked.values, lending.bounds, presets),
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/delegations/create.html", context, status=422 if asked.form.errors else 200)


def _crumbs(organization: Organization) -> Crumbs:
    return [(_("Delegations"), reverse("console_delegations", args=[organization.pk]))]


_PLACE = "console/<str:organization_id>/delegations/new/"

urlpatterns = [
    path(_PLACE, create, name="console_delegation_create"),
    path(f"{_PLACE}preview/", preview, name="console_delegation_preview"),
]
