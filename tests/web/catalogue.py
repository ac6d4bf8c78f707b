"""The German catalogue as the tests read it, and every string that is marked: without gettext, which no test needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "registry" / "locale" / "de" / "LC_MESSAGES"
PACKAGES = ("identity", "reputation", "registry")
_FIELD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")')
_CALL = re.compile(r"\b(gettext|ngettext|pgettext|npgettext|_)\(")
_TEXT = re.compile(r"""\s*u?((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))\s*,?""", re.DOTALL)
_PLACES = {"gettext": (0,), "ngettext": (0, 1), "pgettext": (0, 1), "npgettext": (0, 1, 2)}

Key = tuple[str, str]
"""Context and msgid."""


@dataclass
class Entry:
    texts: dict[str, str] = field(default_factory=dict)
    is_fuzzy: bool = False

    @property
    def key(self) -> Key:
        return self.texts.get("msgctxt", ""), self.texts.get("msgid", "")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each text and its translation: two where it is counted."""
        msgid = self.texts["msgid"]
        if "msgid_plural" not in self.texts:
            return [(msgid, self.texts.get("msgstr", ""))]
        plural = self.texts["msgid_plural"]
        return [(msgid, self.texts.get("msgstr[0]", "")), (plural, self.texts.get("msgstr[1]", ""))]


def entries() -> list[Entry]:
    """Those of the .po file, without its header."""
    found: list[Entry] = []
    for block in (FOLDER / "django.po").read_text(encoding="utf-8").split("\n\n"):
        entry, name = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry.is_fuzzy |= "fuzzy" in line
            elif matched := _FIELD.fullmatch(line):
                name = matched[1]
                entry.texts[name] = ast.literal_eval(matched[2])
            elif line.startswith('"'):
                entry.texts[name] += ast.literal_eval(line)
        found.append(entry)
    return [entry for entry in found if entry.texts.get("msgid")]


@cache
def marked() -> frozenset[Key]:
    """Every string that the code and the templates ask to be translated."""
    return frozenset(_marked())


def _marked() -> Iterator[Key]:
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            yield from _in_code(file.read_text(encoding="utf-8"))
    for file in (ROOT / "templates").rglob("*"):
        if file.suffix in {".html", ".txt"}:
            yield from _in_template(templatize(file.read_text(encoding="utf-8")))


def _in_code(source: str) -> Iterator[Key]:
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: alias.name.removesuffix("_lazy").removesuffix("_noop")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and names.get(node.func.id) in _PLACES:
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            yield from _keys(names[node.func.id], texts)


def _in_template(source: str) -> Iterator[Key]:
    for call in _CALL.finditer(source):
        texts, at = [], call.end()
        while found := _TEXT.match(source, at):
            texts.append(ast.literal_eval(found[1]))
            at = found.end()
        yield from _keys("gettext" if call[1] == "_" else call[1], texts)


def _keys(function: str, texts: list[str]) -> Iterator[Key]:
    if len(texts) >= len(_PLACES[function]):
        yield (texts[0], texts[1]) if function.startswith(("p", "np")) else ("", texts[0])
