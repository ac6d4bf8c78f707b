"""The desk's side navigation: which sections there are, how much waits in each, and which one a page belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from registry.push.replaying import dead_letters
from registry.web.desk_view_measure import to_be_signed
from reputation.moderation.models import Appeal, Case, Report
from reputation.scoring.models import Contest, ContestState

WAITING_COUNTED_MAX = 99
"""Beyond this the number says "more than"; nobody reads further, and counting stays cheap."""


@dataclass(frozen=True, slots=True)
class DeskSection:
    words: Any
    symbol: str
    address: str
    is_current: bool
    waiting: str


def _open_contests() -> QuerySet[Contest]:
    return Contest.objects.filter(state=ContestState.OPEN)


# URL name, what the URL names of its pages begin with, words, icon, what waits for somebody there
SECTIONS: tuple[tuple[str, tuple[str, ...], Any, str, Callable[[], QuerySet[Any]] | None], ...] = (
    ("desk_queue", ("desk_queue", "desk_case", "desk_measure"), _("Cases"), "layout-dashboard", Case.objects.open),
    ("desk_signatures", ("desk_signature", "desk_sanction"), _("Signatures"), "pencil", to_be_signed),
    ("desk_reports", ("desk_report", "desk_evidence"), _("Reports"), "inbox", Report.objects.untriaged),
    ("desk_appeals", ("desk_appeal",), _("Appeals"), "scale", Appeal.objects.open),
    ("desk_contests", ("desk_contest",), _("Contested items"), "circle-help", _open_contests),
    ("desk_subjects", ("desk_subjects", "desk_agent", "desk_organization"), _("Look up"), "search", None),
    ("desk_audit", ("desk_audit",), _("Audit"), "history", None),
    ("desk_deliveries", ("desk_deliver",), _("Pushed events"), "waypoints", dead_letters),
    ("desk_sweeps", ("desk_sweep",), _("Background checks"), "list-checks", None),
)


def desk_sections_for(request: HttpRequest) -> list[DeskSection]:
    here = request.resolver_match.url_name or "" if request.resolver_match else ""
    return [
        DeskSection(words, symbol, address, here.startswith(prefixes), _counted(waiting))
        for name, prefixes, words, symbol, waiting in SECTIONS
        if (address := _address(name))
    ]


def _counted(waiting: Callable[[], QuerySet[Any]] | None) -> str:
    if waiting is None:
        return ""
    found = waiting().order_by()[: WAITING_COUNTED_MAX + 1].count()
    return f"{WAITING_COUNTED_MAX}+" if found > WAITING_COUNTED_MAX else str(found or "")


def _address(name: str) -> str:
    """A section whose pages this instance does not have is left out."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
