"""Setting who may lend how much, and the limits that an organization offers its people."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.delegation.lending_rules import LENDING_ROLES, bounds_of, rulable_by, set_lending_rule
from identity.delegation.models import LimitTemplate
from identity.delegation.templates import change_limit_template, create_limit_template, remove_limit_template
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import Crumbs, actor_of
from registry.web.delegation_preview import NOTHING_YET, preview_of
from registry.web.forms.lending import LendingRuleForm
from registry.web.forms.limit_template import LimitTemplateForm
from registry.web.lending import lent_beyond
from registry.web.lending_words import bounds_lines, people


@console_page(Permission.MEMBERS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: ConsoleRequest, organization: Organization, role: str) -> HttpResponse:
    """How much one role may lend. Whoever may not set it sees what it says, and who may."""
    if role not in LENDING_ROLES:
        raise Http404
    may_set = role in rulable_by(request.console.membership.role)
    bounds = bounds_of(organization, role)
    form = LendingRuleForm(request.POST if request.method == "POST" else None, bounds=bounds)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                seen = form.cleaned_data["seen"] or None
                wanted, actor = form.bounds(), actor_of(request)
                set_lending_rule(organization=organization, role=role, bounds=wanted, seen=seen, actor=actor, at=now())
                messages.success(request, _("Saved. Every consent from now on is held to it."))
                return redirect("console_team", organization.pk)
        except InvalidInput as problem:
            form.refuse(problem)
        except Conflict:
            messages.error(request, _("Somebody changed this rule meanwhile. It now says what you see here."))
            return redirect("console_team_rule", organization.pk, role)
    context = {
        "form": form,
        "role": role,
        "people": people(role),
        "lines": bounds_lines(bounds),
        "may_set": may_set,
        "beyond": lent_beyond(organization, role, bounds, at=now()) if bounds.may_lend else 0,
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/team/rule.html", context, status=status)


@console_page(Permission.MEMBERS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def template_create(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    form = LimitTemplateForm(request.POST or None, organization=organization, template=None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_limit_template(
                organization=organization, offer=form.offer(), actor=actor_of(request), at=now()
            )
        except (InvalidInput, Conflict) as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        else:
            messages.success(request, _("“%s” is offered from now on.") % made.name)
            return redirect("console_team", organization.pk)
    return _show_template(request, organization, form, None)


@console_page(Permission.MEMBERS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: ConsoleRequest, organization: Organization, template_id: str) -> HttpResponse:
    """What one template says, to be changed; a page that is stale changes nothing."""
    found = get_object_or_404(LimitTemplate, organization=organization, pk=template_id)
    form = LimitTemplateForm(request.POST or None, organization=organization, template=found)
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen"] or 0
        try:
            change_limit_template(template=found, seen=seen, offer=form.offer(), actor=actor_of(request), at=now())
        except (InvalidInput, Conflict, NotFound) as problem:
            if not isinstance(problem, InvalidInput) and problem.field is None:
                messages.error(request, _("Somebody changed or removed this template meanwhile. Nothing was saved."))
                return redirect("console_team", organization.pk)
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        else:
            messages.success(request, _("Saved. What was lent with it before stays as it is."))
            return redirect("console_team", organization.pk)
    return _show_template(request, organization, form, found)


@console_page(Permission.MEMBERS_WRITE)
@require_POST
def template_remove(request: ConsoleRequest, organization: Organization, template_id: str) -> HttpResponse:
    """A second click, or a second tab, finds it gone and says so."""
    found = LimitTemplate.objects.filter(organization=organization, pk=template_id).first()
    try:
        if found is None:
            raise NotFound("not_found", "This template was removed.")
        remove_limit_template(template=found, actor=actor_of(request), at=now())
        messages.success(request, _("Removed. What was lent with it stays as it is."))
    except NotFound:
        messages.info(request, _("This template was removed before."))
    return redirect("console_team", organization.pk)


@console_page(Permission.MEMBERS_WRITE)
@require_safe
def template_preview(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """What the answers so far would mean: asked for while somebody types."""
    shown = preview_of(LimitTemplateForm(request.GET, organization=organization, template=None), at=now())
    return render(request, "console/delegations/preview.html", {"preview": shown})


def _show_template(
    request: ConsoleRequest, organization: Organization, form: LimitTemplateForm, found: LimitTemplate | None
) -> HttpResponse:
    context = {
        "form": form,
        "template": found,
        "preview": preview_of(form, at=now()) if form.is_bound else NOTHING_YET,
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/team/template.html", context, status=422 if form.errors else 200)


def _crumbs(organization: Organization) -> Crumbs:
    return [(_("Team"), reverse("console_team", args=[organization.pk]))]


_PLACE = "console/<str:organization_id>/team/"

urlpatterns = [
    path(f"{_PLACE}lending/<str:role>/", rule, name="console_team_rule"),
    path(f"{_PLACE}templates/new/", template_create, name="console_team_template_create"),
    path(f"{_PLACE}templates/new/preview/", template_preview, name="console_team_template_preview"),
    path(f"{_PLACE}templates/<str:template_id>/", template, name="console_team_template"),
    path(f"{_PLACE}templates/<str:template_id>/remove/", template_remove, name="console_team_template_remove"),
]
