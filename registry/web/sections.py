"""The console's side navigation: which sections there are, and which one a page belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Section:
    words: Any
    symbol: str
    address: str
    is_current: bool


SECTIONS: tuple[tuple[str, str, Any, str], ...] = (
    # URL name, prefix of the URL names of its pages, words, icon
    ("console_organization", "console_organization", _("Overview"), "layout-dashboard"),
    ("console_agents", "console_agent", _("Agents"), "bot"),
    ("console_names", "console_name", _("Names"), "tag"),
    ("console_domains", "console_domain", _("Domains"), "globe"),
    ("console_service_keys", "console_service_key", _("Service keys"), "key-round"),
    ("console_members", "console_member", _("Members"), "users"),
    ("console_activity", "console_activity", _("Activity"), "activity"),
)


def sections_for(request: HttpRequest) -> list[Section]:
    """The sections of the organization that the page is about; none outside an organization."""
    console = getattr(request, "console", None)
    if console is None:
        return []
    here = request.resolver_match.url_name or "" if request.resolver_match else ""
    found = []
    for name, prefix, words, symbol in SECTIONS:
        try:
            address = reverse(name, args=[console.organization.id])
        except NoReverseMatch:
            continue
        found.append(Section(words, symbol, address, here.startswith(prefix)))
    return found
