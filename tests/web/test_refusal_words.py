"""What a use case refused is shown in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.safestring import mark_safe

from identity.delegation.decline_codes import DECLINE_CODES
from registry.web.refusal_words import read_refusals, refusal_words

ROOT = Path(__file__).resolve().parent.parent.parent


def test_it_says_a_sentence_in_german() -> None:
    with translation.override("de"):
        assert refusal_words("The transfer code is not right.") == "Der Übertragungscode stimmt nicht."


def test_it_keeps_what_the_sentence_fills_in() -> None:
    with translation.override("de"):
        shown = refusal_words("acme.example is proven by another organization.")
        assert shown == "acme.example ist von einer anderen Organisation bewiesen."
        assert refusal_words("The label “a{b” mixes writing systems (Latin); use one.").startswith("„a{b“ mischt")


def test_it_words_codes_that_are_filled_in() -> None:
    with translation.override("de"):
        assert "Entwickler" in refusal_words("The organization lets nobody with the role developer lend.")


def test_it_leaves_english_and_unknown_sentences_alone() -> None:
    assert refusal_words("The transfer code is not right.") == "The transfer code is not right."
    safe = mark_safe("<b>Nobody knows this.</b>")
    with translation.override("de"):
        assert refusal_words(safe) is safe


def test_it_translates_only_what_is_still_said() -> None:
    said = {*_sentences(), *(code.sentence for code in DECLINE_CODES.values())}
    assert sorted(set(read_refusals("de")) - said) == []


@pytest.mark.parametrize(("english", "german"), sorted(read_refusals("de").items()))
def test_it_has_as_many_places_in_both_languages(english: str, german: str) -> None:
    assert german.strip()
    assert german.count("{}") <= english.count("{}")


def _sentences() -> Iterator[str]:
    """Every text of the rules, with ``{}`` where something is filled in."""
    for package in ("identity", "reputation", "registry"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                elif isinstance(node, ast.JoinedStr):
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
