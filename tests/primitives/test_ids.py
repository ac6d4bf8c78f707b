"""Identifiers: their form, their order, and the time that stands in them."""

from __future__ import annotations

import time
from unittest.mock import patch

import pytest

from identity.primitives.ids import ID_LENGTH_MAX, is_id, new_id

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def number_in(identifier: str) -> int:
    number = 0
    for symbol in identifier.partition("_")[2]:
        number = number << 5 | ALPHABET.index(symbol)
    return number


def test_it_has_its_form() -> None:
    identifier = new_id("agt")
    assert is_id(identifier, "agt")
    assert not is_id(identifier, "org")
    assert len(identifier) == 30 <= ID_LENGTH_MAX
    assert number_in(identifier) < 2**128


@pytest.mark.parametrize("milliseconds", [0, 1, 31, 32, 1_763_740_800_123, 2**48 - 1])
def test_its_upper_bits_are_the_time_in_milliseconds(milliseconds: int) -> None:
    with patch.object(time, "time_ns", lambda: milliseconds * 1_000_000 + 999_999):
        assert number_in(new_id("agt")) >> 80 == milliseconds


def test_it_sorts_by_the_time_of_making() -> None:
    made = []
    for milliseconds in (1, 31, 32, 1_023, 1_024, 10**12, 10**12 + 1):
        with patch.object(time, "time_ns", lambda at=milliseconds: at * 1_000_000):
            made.append(new_id("agt"))
    assert made == sorted(made)


def test_its_lower_bits_are_all_left_to_chance() -> None:
    """Each of the sixteen symbols takes every value: 80 bits that nobody guesses."""
    made = [new_id("agt")[-16:] for _ in range(2_000)]
    assert len(set(made)) == 2_000
    assert all({one[place] for one in made} == set(ALPHABET) for place in range(16))
