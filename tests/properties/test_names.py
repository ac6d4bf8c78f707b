"""Properties of names that hold for any text."""

from __future__ import annotations

import string

from hypothesis import example, given
from hypothesis import strategies as st

from identity.primitives.errors import InvalidInput
from registry.directory.confusables import skeleton
from registry.directory.names import ascii_form, full_form, parse_name

ROOT = "attorn.test"
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True).filter(lambda text: text[2:4] != "--")
ANY_TEXT = st.text(max_size=80)
DOTTED = st.lists(st.text(max_size=12), min_size=1, max_size=5).map(".".join)


@given(st.one_of(ANY_TEXT, DOTTED))
@example("xn--a.acme")
@example("\ud800.acme")
@example("i\u0307.acme")
@example("a\u3002b")
@example("\u1e9e.acme")
def test_it_reads_any_text_or_says_why_not(text: str) -> None:
    try:
        form = parse_name(text, root_zone=ROOT)
    except InvalidInput as refusal:
        if refusal.code not in {"name_invalid", "name_mixed_scripts"}:
            raise
        refusal.detail.encode("utf-8")  # what cannot be shown is not repeated either
        return
    assert parse_name(form.fqn, root_zone=ROOT) == form  # the canonical form is a fixed point
    if not form.is_directory_form:
        assert all(1 <= len(label) <= 63 for label in form.ascii.split("."))
        assert len(form.ascii) <= 253
        assert parse_name(form.ascii, root_zone=ROOT) == form  # what DNS carries leads back to it


@given(LABEL, LABEL)
def test_it_reads_every_way_of_writing_one_name(label: str, zone: str) -> None:
    form = parse_name(f"{label}.{zone}", root_zone=ROOT)
    for text in (
        f"{label}.{zone}.",
        f"{label}.{zone}.{ROOT}",
        f"{label}.{zone}.{ROOT}.".upper(),
        f"  {label}.{zone} ",
        f"{label}\u3002{zone}",
    ):
        assert parse_name(text, root_zone=ROOT) == form
    assert full_form(form.fqn) == f"{label}.{zone}.{ROOT}"


@given(st.text(max_size=63))
def test_it_gives_one_look_to_a_look(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@given(LABEL, st.sampled_from([("o", "0"), ("l", "1"), ("m", "rn"), ("w", "vv"), ("a", "\u0430"), ("e", "\u0435")]))
def test_it_sees_through_a_swapped_letter(label: str, swap: tuple[str, str]) -> None:
    letter, twin = swap
    assert skeleton(label.replace(letter, twin)) == skeleton(label)


@given(LABEL, st.integers(0, 20))
def test_it_sees_through_hyphens(label: str, place: int) -> None:
    assert skeleton(f"{label[:place]}-{label[place:]}") == skeleton(label)


@given(st.text(string.ascii_lowercase.replace("m", "").replace("w", ""), min_size=1, max_size=20))
def test_it_leaves_plain_words_apart(word: str) -> None:
    if "rn" not in word and "vv" not in word:
        assert skeleton(word) == word


@given(st.text(alphabet=st.characters(categories=["Ll"], max_codepoint=0x17F), min_size=1, max_size=15))
def test_it_keeps_one_encoding_for_each_label(label: str) -> None:
    try:
        form = parse_name(f"{label}.acme", root_zone=ROOT)
    except InvalidInput:
        return
    assert parse_name(ascii_form(form.fqn), root_zone=ROOT).fqn == form.fqn
