"""Which writing system a label is in (UTS #39 section 5.1, UAX #24)."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache

from registry.directory.unicode_data import unicode_table

_ANY_SCRIPT = frozenset({"COMMON", "INHERITED"})
# UTS #39 section 5.1: these systems are written with several scripts at once, and count as one each.
_WRITTEN_TOGETHER = {
    "HAN": frozenset({"HAN", "japanese", "korean", "chinese"}),
    "HIRAGANA": frozenset({"HIRAGANA", "japanese"}),
    "KATAKANA": frozenset({"KATAKANA", "japanese"}),
    "HANGUL": frozenset({"HANGUL", "korean"}),
    "BOPOMOFO": frozenset({"BOPOMOFO", "chinese"}),
}


@cache
def _script_ranges() -> tuple[list[int], list[tuple[int, str]]]:
    """Starts of the ranges, and (end, script) beside them, sorted."""
    data = unicode_table("categories.json")
    rows = sorted((row[0], row[1], data["iso_15924_aliases"][row[2]]) for row in data["code_points_ranges"])
    return [row[0] for row in rows], [(row[1], row[2]) for row in rows]


@lru_cache(maxsize=4_096)
def script_of(character: str) -> str:
    """The script of one character, ``UNKNOWN`` where the data says nothing."""
    starts, ends = _script_ranges()
    place = bisect_right(starts, ord(character)) - 1
    end, script = ends[place]
    return script if ord(character) <= end else "UNKNOWN"


def scripts_of(text: str) -> list[str]:
    """The scripts in ``text`` in order of appearance, without those that belong to all."""
    return list(dict.fromkeys(script for script in map(script_of, text) if script not in _ANY_SCRIPT))


def is_single_script(text: str) -> bool:
    """Whether one writing system can write all of ``text``: stops a Cyrillic letter hidden in a Latin word."""
    scripts = scripts_of(text)
    if not scripts:
        return True
    common = frozenset.intersection(*(_WRITTEN_TOGETHER.get(script, frozenset({script})) for script in scripts))
    return bool(common) and "UNKNOWN" not in scripts


def is_single_number_system(text: str) -> bool:
    """Whether all decimal digits come from one set (UTS #39 section 5.3): stops a Bengali four standing in for an 8."""
    zeros = {ord(character) - unicodedata.decimal(character) for character in text if character.isdecimal()}
    return len(zeros) <= 1
