"""An amount in words, as on a cheque, in the reader's language: a digit too many is seen at once."""

from __future__ import annotations

from django.utils.translation import get_language

from identity.primitives.money import Money

_BELOW_TWENTY = (
    *("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    *("dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"),
)
_TENS = ("", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig")
_LARGE = (
    (10**15, "Billiarde", "Billiarden"),
    (10**12, "Billion", "Billionen"),
    (10**9, "Milliarde", "Milliarden"),
    (10**6, "Million", "Millionen"),
)


def amount_in_words(money: Money) -> str:
    """``forty EUR``; to a German reader ``vierzig EUR``."""
    return german_words(money) if (get_language() or "").startswith("de") else money.words()


def german_words(money: Money) -> str:
    """``eintausendzweihundertfünfzig und 50/100 EUR``."""
    major, minor = divmod(money.amount, 10**money.exponent)
    fraction = f" und {minor:0{money.exponent}d}/{10**money.exponent}" if money.exponent and minor else ""
    number = "ein" if major == 1 else number_in_german(major)
    return f"{number}{fraction} {money.currency}"


def number_in_german(number: int) -> str:
    """``1250`` is ``eintausendzweihundertfünfzig``. Not below 0, at most 10**18."""
    parts: list[str] = []
    for size, one, many in _LARGE:
        count, number = divmod(number, size)
        if count:
            parts.append(f"eine {one}" if count == 1 else f"{_below_thousand(count)} {many}")
    thousands, rest = divmod(number, 1000)
    small = f"{_before(thousands)}tausend" if thousands else ""
    small += _below_thousand(rest) if rest or not (small or parts) else ""
    return " ".join([*parts, small] if small else parts)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = f"{_before(hundreds)}hundert" if hundreds else ""
    if not rest and words:
        return words
    return words + _below_hundred(rest)


def _below_hundred(number: int) -> str:
    if number < 20:
        return _BELOW_TWENTY[number]
    tens, ones = divmod(number, 10)
    return f"{_before(ones)}und{_TENS[tens]}" if ones else _TENS[tens]


def _before(number: int) -> str:
    """The number as it stands before another word: ``einhundert``, not ``einshundert``."""
    words = _below_thousand(number)
    return words[:-1] if words.endswith("eins") else words
