"""Kinds of shop as people name them, each with its merchant category codes (ISO 18245)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

# Code: words, ranges, and one code in the middle of it for examples.
KINDS: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "groceries": (_("groceries"), ("5411", "5422", "5441", "5451", "5462", "5499"), "5411"),
    "eating": (_("restaurants and delivery"), ("5811-5814",), "5812"),
    "travel": (_("trains, buses and taxis"), ("4111-4112", "4121", "4131"), "4112"),
    "flights": (_("flights"), ("3000-3299", "4511"), "4511"),
    "hotels": (_("hotels and travel agencies"), ("3501-3999", "4722", "7011"), "7011"),
    "software": (_("software and online services"), ("4816", "5045", "5734", "5815-5818", "7372", "7379"), "5734"),
    "media": (_("books and media"), ("2741", "5192", "5735", "5942", "5968"), "5942"),
    "household": (_("household and electronics"), ("5200", "5251", "5712", "5722", "5732"), "5732"),
}
DEFAULT_CODE = "5999"  # miscellaneous retail: what a shop is that no list names


def codes_of(kind: str) -> tuple[str, ...]:
    return KINDS[kind][1]


def name_codes(ranges: tuple[str, ...]) -> list[str]:
    """``ranges`` in words: a kind that is wholly among them by its name, what is left by its code."""
    left, named = list(ranges), []
    for words, codes, _example in KINDS.values():
        if set(codes) <= set(left):
            named.append(str(words))
            left = [code for code in left if code not in codes]
    return [*named, *left]


def kinds_in(ranges: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The kinds wholly among ``ranges``, and the codes that are left: how a form shows them again."""
    left, kinds = list(ranges), []
    for kind, (_words, codes, _example) in KINDS.items():
        if set(codes) <= set(left):
            kinds.append(kind)
            left = [code for code in left if code not in codes]
    return kinds, left
