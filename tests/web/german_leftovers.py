"""What a German page still says in English: every text that stands there letter for letter as on the English page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.utils.translation import gettext

SPOKEN_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "data-label", "data-copied", "content")
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
# What is no sentence of ours: code, what people and agents wrote, what was signed.
_OTHERS = frozenset({"script", "style", "code", "pre", "textarea", "samp", "kbd", "option"})
# What agents say of themselves and operators wrote, in the scenes of the tests; what was signed.
SAID_BY_OTHERS = frozenset(
    {"Books rooms and trains.", "Tells the weather", "Three unrelated parties reported it.", "organization"}
)
_ENGLISH = re.compile(
    r"\b(the|of|is|are|and|you|your|it|its|to|for|from|no|not|with|who|what|when|every|each|this|that|by|or|may|on)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-zÄÖÜäöüß]{3,}")


class _Texts(HTMLParser):
    """Collects texts and spoken attributes, leaving out what stands in another language than the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        apart = tag in _OTHERS or (tag != "html" and "lang" in named) or "mono" in (named.get("class") or "").split()
        inside = apart or any(self.open)
        if tag not in VOID:
            self.open.append(apart)
        if not inside and not (tag == "meta" and named.get("name") != "description"):
            self.found += [named[name] or "" for name in SPOKEN_ATTRIBUTES if name in named]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.found.append(data)


def texts_of(html: str) -> list[str]:
    parser = _Texts()
    parser.feed(html)
    return [text for text in (" ".join(found.split()) for found in parser.found) if _WORD.search(text)]


def leftovers(english: str, german: str) -> Iterator[str]:
    """Texts of the German page that the English one has too: sentences of ours that have a translation, and whatever
    has an English word in it that German does not know."""
    before = set(texts_of(english))
    for text in texts_of(german):
        if text not in before or text in SAID_BY_OTHERS:
            continue
        if gettext(text) != text or _ENGLISH.search(text):
            yield text
