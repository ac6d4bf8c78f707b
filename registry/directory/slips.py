"""Slips of the finger: a letter missing, added, changed, or two neighbours swapped."""

from __future__ import annotations

SLIPS_MAX = 2
LONG_WORD = 6  # letters from which on a second slip is forgiven


def is_slip(typed: str, meant: str) -> bool:
    """Whether ``typed`` is ``meant`` with one slip, or two in a long word. English stems are often a letter or two
    shorter than the word, hence the beginning of ``typed`` is compared as well."""
    allowed = SLIPS_MAX if len(typed) >= LONG_WORD else 1
    if distance(typed, meant) <= allowed:
        return True
    return len(meant) >= LONG_WORD and len(typed) > len(meant) and distance(typed[: len(meant)], meant) <= 1


def distance(left: str, right: str) -> int:
    """How many slips apart two words are (Damerau-Levenshtein, neighbouring swaps, each letter touched once)."""
    older: list[int] = []
    row = list(range(len(right) + 1))
    for place, letter in enumerate(left, start=1):
        older, before, row = row, older, [place]
        for other_place, other in enumerate(right, start=1):
            cost = min(older[other_place] + 1, row[-1] + 1, older[other_place - 1] + (letter != other))
            swapped = place > 1 and other_place > 1 and letter == right[other_place - 2] and left[place - 2] == other
            row.append(min(cost, before[other_place - 2] + 1) if swapped else cost)
    return row[-1]
