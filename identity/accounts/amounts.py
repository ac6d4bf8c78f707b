"""Amounts and counts in digits as the reader writes them: ``1,250.50 EUR``, in German ``1.250,50 EUR``."""

from __future__ import annotations

from django.utils.translation import get_language

from identity.primitives.money import Money

_GERMAN = str.maketrans(",.", ".,")


def amount_in_digits(money: Money) -> str:
    """For people who read a page or a mail. What is signed, exported or sent to programs keeps ``Money.digits``."""
    return _as_read(money.digits())


def count_in_digits(count: float) -> str:
    """``1,250``; in German ``1.250``."""
    return _as_read(f"{count:,}")


def _as_read(digits: str) -> str:
    return digits.translate(_GERMAN) if (get_language() or "").startswith("de") else digits
