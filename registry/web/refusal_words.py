"""What a use case refused, in the reader's language.

Rules speak English, in one sentence each, because programs and logs read them too. A page that shows such a sentence
looks it up in ``registry/locale/<language>/refusals.txt``; one that is not in it is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import get_language

from identity.accounts.code_words import code_words

FILE_NAME: Final = "refusals.txt"
_HOLE: Final = "{}"


def refusal_words(sentence: Any) -> Any:
    """The sentence in the reader's language; one that nobody worded, as it is. What it fills in is kept, but for codes
    such as a role."""
    text = str(sentence)
    plain, patterns = _known((get_language() or settings.LANGUAGE_CODE)[:2])
    if text in plain:
        return plain[text]
    for pattern, translated in patterns:
        if found := pattern.fullmatch(text):
            return translated.format(*map(code_words, found.groups()))
    return sentence


def read_refusals(language: str) -> dict[str, str]:
    """What each sentence is in ``language``; nothing for a language without such a file."""
    file = Path(settings.LOCALE_PATHS[0]) / language / FILE_NAME
    if not file.is_file():
        return {}
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {english: translated for english, _, translated in (line.partition(" = ") for line in lines)}


@cache
def _known(language: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Sentences that stand as they are, and those with something filled in, the most specific first."""
    found = read_refusals(language)
    plain = {english: translated for english, translated in found.items() if _HOLE not in english}
    holed = sorted((english for english in found if _HOLE in english), key=len, reverse=True)
    return plain, [(_pattern(english), found[english]) for english in holed]


def _pattern(english: str) -> re.Pattern[str]:
    """Each hole takes as little as it can, of one line."""
    return re.compile("(.+?)".join(map(re.escape, english.split(_HOLE))))
