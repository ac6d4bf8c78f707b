"""How an organization's people work together: who may lend how much, what it offers them, who stands in for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from identity.accounts.models import Organization, Role
from identity.accounts.permissions import Permission
from identity.delegation.constraints import parse_constraints
from identity.delegation.lending_bounds import Bounds, beyond
from identity.delegation.lending_rules import bounds_by_role, rulable_by
from identity.delegation.models import LimitTemplate
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import allowed
from registry.web.lending import terms_of
from registry.web.lending_words import PEOPLE, bounds_lines, people, roles_words
from registry.web.limit_words import plain_sentence
from registry.web.sections import address_of

# What else a team arranges, each on a page of its own: URL name, words, what it is for, icon.
ELSEWHERE: tuple[tuple[str, Any, Any, str], ...] = (
    ("console_team_groups", _("Approver groups"), _("Several people answer a step-up together."), "users"),
    ("console_team_absences", _("Absences"), _("Who answers while somebody is away."), "clock"),
    ("console_members", _("Members"), _("Who belongs here, with which role, and what a leaver leaves behind."), "user"),
)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role in the table of who may lend how much."""

    role: str
    people: str
    count: int
    lines: list[str]
    may_set: bool
    is_mine: bool


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """``beyond`` are the people it is offered to who may not lend as much."""

    template: LimitTemplate
    sentence: str
    offered_to: str
    beyond: str


@console_page(Permission.DELEGATIONS_READ)
@require_safe
def team(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """Everybody who reads delegations sees the rules she works under; who may set them is offered to."""
    bounds = bounds_by_role(organization)
    context = {
        "rows": _role_rows(request, organization, bounds),
        "templates": [_template_row(each, bounds) for each in organization.limit_templates.order_by("name")],
        "may_write": allowed(request, Permission.MEMBERS_WRITE),
        "elsewhere": [
            (words, what, symbol, address)
            for name, words, what, symbol in ELSEWHERE
            if (address := address_of(name, organization))
        ],
    }
    return render(request, "console/team/team.html", context)


def _role_rows(request: ConsoleRequest, organization: Organization, bounds: dict[str, Bounds]) -> list[RoleRow]:
    own = request.console.membership.role
    counts = dict(organization.memberships.values_list("role").annotate(Count("pk")))
    return [
        RoleRow(role, people(role), counts.get(role, 0), bounds_lines(each), role in rulable_by(own), role == own)
        for role, each in bounds.items()
    ]


def _template_row(template: LimitTemplate, bounds: dict[str, Bounds]) -> TemplateRow:
    terms = terms_of(template)
    short = [role for role in template.roles or PEOPLE if beyond(bounds[role], terms)]
    return TemplateRow(
        template=template,
        sentence=plain_sentence(parse_constraints(template.constraints)),
        offered_to=roles_words(template.roles),
        beyond=", ".join(people(Role(role)) for role in short),
    )


urlpatterns = [path("console/<str:organization_id>/team/", team, name="console_team")]
