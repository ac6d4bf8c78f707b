"""What a label looks like (UTS #39 section 4): two labels with one skeleton are look-alikes.

The data gives each prototype with all its look-alikes and each look-alike with its prototype, so the prototype is the
one with the more neighbours.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

from registry.directory.unicode_data import unicode_table

_DIRECTION_MARK = "\u200e"  # the data wraps right-to-left characters in it for display
_ROUNDS_MAX = 4
# Pairs beyond the Unicode data, for labels in lower case and a proportional typeface.
_LETTER_PAIRS = (("vv", "w"),)


@cache
def _prototypes() -> dict[str, str]:
    neighbours = {
        text.replace(_DIRECTION_MARK, ""): [row["c"].replace(_DIRECTION_MARK, "") for row in rows]
        for text, rows in unicode_table("confusables.json").items()
    }
    return {
        text: max([text, *near], key=lambda form: (len(neighbours.get(form, ())), len(form), form.isascii(), form))
        for text, near in neighbours.items()
        if len(text) == 1
    }


@lru_cache(maxsize=65_536)
def skeleton(label: str) -> str:
    """What ``label`` looks like to a quick eye: same skeleton, same look.

    UTS #39's skeleton, then lower case (so that 0 and o, 1 and l meet), without hyphens (``con-cierge``), and with
    the letter pairs that merge. Never shown and never looked up, only compared.
    """
    text = label.replace("-", "")
    for _ in range(_ROUNDS_MAX):
        before = text
        decomposed = unicodedata.normalize("NFD", text)
        mapped = "".join(_prototypes().get(character, character) for character in decomposed)
        text = unicodedata.normalize("NFD", mapped).lower().replace("-", "")
        for pair, letter in _LETTER_PAIRS:
            text = text.replace(pair, letter)
        if text == before:
            break
    return text
