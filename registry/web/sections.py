"""The console's side navigation: which sections there are, and which one a page belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission


@dataclass(frozen=True, slots=True)
class Section:
    words: Any
    symbol: str
    address: str
    is_current: bool


SECTIONS: tuple[tuple[str, str, Any, str, Permission], ...] = (
    # URL name, what the URL names of its pages begin with, words, icon, what a role needs to see it
    ("console_organization", "console_organization", _("Overview"), "layout-dashboard", Permission.AGENTS_READ),
    ("console_agents", "console_agent", _("Agents"), "bot", Permission.AGENTS_READ),
    ("console_delegations", "console_delegation", _("Delegations"), "git-branch", Permission.DELEGATIONS_READ),
    ("console_approvals", "console_approval", _("Approvals"), "circle-help", Permission.APPROVALS_WRITE),
    ("console_statement", "console_statement", _("Statement"), "file-text", Permission.AUTHORIZATIONS_READ),
    ("console_standing", "console_standing", _("Standing"), "scale", Permission.AGENTS_READ),
    ("console_names", "console_name", _("Names"), "tag", Permission.AGENTS_READ),
    ("console_domains", "console_domain", _("Domains"), "globe", Permission.AGENTS_READ),
    ("console_service_keys", "console_service_key", _("Service keys"), "key-round", Permission.SERVICE_KEYS_WRITE),
    ("console_subscriptions", "console_subscription", _("Status events"), "plug", Permission.STATUS_EVENTS_READ),
    ("console_members", "console_member", _("Members"), "users", Permission.AGENTS_READ),
    ("console_team", "console_team", _("Team"), "sliders-horizontal", Permission.DELEGATIONS_READ),
    ("console_activity", "console_activity", _("Activity"), "activity", Permission.ACTIVITY_READ),
    (
        "console_organization_settings",
        "console_organization_settings",
        _("Settings"),
        "settings",
        Permission.ORGANIZATION_WRITE,
    ),
)


def sections_for(request: HttpRequest) -> list[Section]:
    """The sections of the organization that the page is about, as far as the member's role reaches."""
    console = getattr(request, "console", None)
    if console is None:
        return []
    here = request.resolver_match.url_name or "" if request.resolver_match else ""
    current = max((prefix for _, prefix, *_ in SECTIONS if here.startswith(prefix)), key=len, default="")
    permitted = ROLE_PERMISSIONS[console.membership.role]
    return [
        Section(words, symbol, address, prefix == current)
        for name, prefix, words, symbol, permission in SECTIONS
        if permission in permitted and (address := address_of(name, console.organization))
    ]


def address_of(page: str, organization: Organization) -> str:
    """The organization's page of that URL name; empty where the instance has no such page."""
    try:
        return reverse(page, args=[organization.pk])
    except NoReverseMatch:
        return ""
