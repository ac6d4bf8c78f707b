"""The German catalogue is whole: nothing missing, nothing unsure, the same places to fill in, and compiled."""

from __future__ import annotations

import re
from collections import Counter
from gettext import GNUTranslations

from tests.web.catalogue import FOLDER, entries, marked

PLACE = re.compile(r"%\([a-zA-Z_.]+\)[sdg]|%[sdg]|\{[a-z_]*\}|</?[a-z]+[^>]*>")
HOW = "run `make messages`, translate what is new in registry/locale/de/LC_MESSAGES/django.po, run it again"


def test_it_translates_every_marked_string() -> None:
    known = {entry.key for entry in entries()}
    assert sorted(marked() - known) == [], HOW


def test_it_keeps_nothing_that_is_not_marked_any_more() -> None:
    assert sorted({entry.key for entry in entries()} - marked()) == [], HOW


def test_it_leaves_nothing_untranslated_or_unsure() -> None:
    open_ones = [entry.key for entry in entries() if entry.is_fuzzy or not all(german for _, german in entry.pairs)]
    assert open_ones == [], HOW


def test_it_fills_in_the_same_things() -> None:
    for entry in entries():
        whole = Counter(PLACE.findall(entry.pairs[-1][0]))
        for english, german in entry.pairs:
            places = Counter(PLACE.findall(german))
            assert places == Counter(PLACE.findall(english)) or (len(entry.pairs) == 2 and places == whole), german


def test_it_speaks_to_people_as_sie() -> None:
    familiar = re.compile(r"\b(du|dich|dir|dein|deine|deinen|deiner|deinem)\b", re.IGNORECASE)
    assert [german for entry in entries() for _, german in entry.pairs if familiar.search(german)] == []


def test_it_is_compiled() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for entry in entries():
        context, msgid = entry.key
        for number, (english, german) in enumerate(entry.pairs, start=1):
            if len(entry.pairs) == 1:
                said = compiled.pgettext(context, msgid) if context else compiled.gettext(msgid)
            else:
                said = compiled.ngettext(msgid, english, number)
            assert said == german, HOW
