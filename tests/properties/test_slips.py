"""Properties of the distance between what was typed and what was meant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registry.directory.slips import distance, is_slip

WORD = st.text("abcde", max_size=9)


@given(WORD, WORD)
def test_it_is_even_handed_and_zero_for_the_same(left: str, right: str) -> None:
    assert distance(left, right) == distance(right, left)
    assert (distance(left, right) == 0) == (left == right)
    assert abs(len(left) - len(right)) <= distance(left, right) <= max(len(left), len(right))


@given(st.text("abcdefgh", min_size=4, max_size=12), st.data())
def test_it_forgives_any_single_slip(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from("abcdefghxyz"))
    for typed in (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    ):
        assert distance(typed, word) <= 1
        assert is_slip(typed, word)
