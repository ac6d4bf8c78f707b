"""Where the guided flow begins: what people lend most often, as values of its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Preset:
    """``values`` are fields of ``DelegationForm``; whatever is not among them is left empty. ``offered_by`` is the name
    of the organization whose template it is."""

    words: Any
    hint: Any
    purpose: Any
    values: dict[str, str | list[str]]
    offered_by: str = ""


_EUR = {"currency": "EUR"}
PRESETS: dict[str, Preset] = {
    "groceries": Preset(
        _("Groceries"),
        _("400 EUR a month at food shops, at most 100 EUR at once"),
        _("Groceries for the household"),
        {
            **_EUR,
            "total": "1200",
            "per_month": "400",
            "per_purchase": "100",
            "kinds": ["groceries"],
            "days": "90",
            "ask_above": "60",
            "ask_new_vendor": "on",
        },
    ),
    "travel": Preset(
        _("Travel"),
        _("1,500 EUR for one trip: trains, flights, hotels; asks above 150 EUR"),
        _("Booking a trip"),
        {
            **_EUR,
            "total": "1500",
            "per_purchase": "600",
            "kinds": ["travel", "flights", "hotels"],
            "days": "30",
            "ask_above": "150",
            "ask_new_vendor": "on",
        },
    ),
    "software": Preset(
        _("Software"),
        _("100 EUR a month for software and online services, for a year"),
        _("Software and online services"),
        {
            **_EUR,
            "total": "1200",
            "per_month": "100",
            "per_purchase": "60",
            "kinds": ["software"],
            "days": "365",
            "ask_above": "40",
            "ask_new_vendor": "on",
        },
    ),
    "research": Preset(
        _("Research"),
        _("No money: it may act in your name, but buy nothing"),
        _("Looking things up"),
        {**_EUR, "no_money": "on", "days": "90"},
    ),
    "own": Preset(
        _("Something else"),
        _("You choose every limit yourself"),
        "",
        {**_EUR, "days": "30", "ask_new_vendor": "on"},
    ),
}
DEFAULT_PRESET = "own"
