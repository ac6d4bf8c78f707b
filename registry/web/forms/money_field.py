"""Amounts as people type them. Read digit by digit: no float and no decimal stands between the person and the limit."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from identity.primitives.money import AMOUNT_MAX, Money, exponent_of

_AMOUNT = re.compile(r"([0-9]{1,13})(?:[.,]([0-9]{1,4}))?")


def read_amount(text: str, currency: str) -> int:
    """Minor units of what somebody typed: ``40``, ``40.50`` or ``40,5`` EUR are 4000, 4050 and 4050.

    ValidationError for anything else, more decimal places than the currency has, and thousands separators: ``1.000``
    EUR may be meant as a thousand or as one, and is asked again.
    """
    places = exponent_of(currency)
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValidationError(_("Write an amount such as 40 or 40.50, without thousands separators."), code="amount")
    major, minor = match[1], match[2] or ""
    if len(minor) > places:
        raise ValidationError(
            _("%(currency)s has %(places)s decimal places; this amount has more.")
            % {"currency": currency, "places": places},
            code="amount_scale",
        )
    amount = int(major + minor.ljust(places, "0"))
    if not 0 < amount <= AMOUNT_MAX:
        raise ValidationError(_("The amount must be above zero and not beyond all reason."), code="amount")
    return amount


def typed_amount(money: Money) -> str:
    """``500.00``, as ``read_amount`` reads it."""
    places = exponent_of(money.currency)
    major, minor = divmod(money.amount, 10**places)
    return f"{major}.{minor:0{places}d}" if places else str(major)
