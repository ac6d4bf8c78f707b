"""An amount in words, in the reader's language."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from identity.primitives.money import Money
from registry.web.amount_words import amount_in_words, number_in_german


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "null"),
        (1, "eins"),
        (16, "sechzehn"),
        (21, "einundzwanzig"),
        (100, "einhundert"),
        (101, "einhunderteins"),
        (117, "einhundertsiebzehn"),
        (1_000, "eintausend"),
        (1_250, "eintausendzweihundertfünfzig"),
        (21_001, "einundzwanzigtausendeins"),
        (101_000, "einhunderteintausend"),
        (1_000_000, "eine Million"),
        (2_000_030, "zwei Millionen dreißig"),
        (3_001_000_000_000, "drei Billionen eine Milliarde"),
    ],
)
def test_it_counts_in_german(number: int, words: str) -> None:
    assert number_in_german(number) == words


def test_it_reads_as_on_a_cheque_in_both_languages() -> None:
    amount, one = Money(12_949, "EUR"), Money(100, "EUR")
    with override("en"):
        assert amount_in_words(amount) == "one hundred twenty-nine and 49/100 EUR"
    with override("de"):
        assert amount_in_words(amount) == "einhundertneunundzwanzig und 49/100 EUR"
        assert amount_in_words(one) == "ein EUR"
        assert amount_in_words(Money(7, "JPY")) == "sieben JPY"
