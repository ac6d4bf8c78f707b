from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from identity.credentials.watch.bits import changed_places, digits, disagreements, pairs

LISTS = st.binary(max_size=64)


def bit(bits: bytes, place: int) -> bool:
    return place < len(bits) * 8 and bool(bits[place >> 3] & (0x80 >> (place & 7)))


@given(LISTS, LISTS)
def test_changed_places_are_those_that_differ_and_no_other(old: bytes, new: bytes) -> None:
    size = max(len(old), len(new)) * 8
    assert changed_places(old, new) == [place for place in range(size) if bit(old, place) != bit(new, place)]


@given(LISTS)
def test_digits_spell_the_list_out(bits: bytes) -> None:
    assert digits(bits) == b"".join(b"1" if bit(bits, place) else b"0" for place in range(len(bits) * 8))


@given(st.binary(min_size=1, max_size=64), st.lists(st.tuples(st.integers(0, 600), st.booleans())))
def test_disagreements_are_the_marks_that_do_not_say_what_the_list_says(
    bits: bytes, entries: list[tuple[int, bool]]
) -> None:
    places = [place for place, _ in entries]
    marks = b"".join(b"1" if mark else b"0" for _, mark in entries)
    expected = [position for position, (place, mark) in enumerate(entries) if bit(bits, place) != mark]
    assert disagreements(digits(bits), places, marks) == expected


@given(st.sampled_from([1, 2, 4, 8]), st.binary(max_size=32))
def test_pairs_say_revoked_and_suspended_for_every_width(width: int, packed: bytes) -> None:
    unpacked = pairs(packed, width=width)
    for entry in range(len(packed) * 8 // width):
        per_byte = 8 // width
        value = packed[entry // per_byte] >> (entry % per_byte * width) & ((1 << width) - 1)
        assert bit(unpacked, 2 * entry) == (value == 1)
        assert bit(unpacked, 2 * entry + 1) == (value > 1)
