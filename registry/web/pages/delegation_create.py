"""Lending authority: five questions with a live picture of what the answers mean. Nothing is lent here yet."""

from __future__ import annotations

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
from identity.delegation.link import Terms
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of
from registry.web.delegation_preview import Preview, preview_of
from registry.web.forms.delegations import DelegationForm
from registry.web.guided import Asked, ask, refused, with_preset


@console_page(Permission.DELEGATIONS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """Each step a GET that carries every answer so far; the last one posts all of them and leads to the page where
    the words are signed."""
    form_of = partial(DelegationForm, organization=organization)
    if request.method != "POST":
        asked = ask(request.GET, form_of=form_of)
        return _show(request, organization, asked)
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
    return _show(request, organization, refused(form, request.POST))


@console_page(Permission.DELEGATIONS_WRITE)
@require_safe
def preview(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """What the answers so far would mean, as a part of a page: asked for while somebody types."""
    shown = _preview(organization, request.GET)
    return render(request, "console/delegations/preview.html", {"preview": shown})


def _preview(organization: Organization, values: QueryDict) -> Preview:
    return preview_of(DelegationForm(with_preset(values), organization=organization), at=now())


def _show(request: ConsoleRequest, organization: Organization, asked: Asked) -> HttpResponse:
    context = {
        "form": asked.form,
        "asked": asked,
        "preview": _preview(organization, asked.values),
        "crumbs": [(_("Delegations"), reverse("console_delegations", args=[organization.pk]))],
    }
    return render(request, "console/delegations/create.html", context, status=422 if asked.form.errors else 200)


_PLACE = "console/<str:organization_id>/delegations/new/"

urlpatterns = [
    path(_PLACE, create, name="console_delegation_create"),
    path(f"{_PLACE}preview/", preview, name="console_delegation_preview"),
]
