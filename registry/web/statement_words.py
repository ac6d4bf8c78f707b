"""What became of a purchase, step by step, in words with its amounts: for those whose money it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from identity.accounts.amounts import amount_in_digits
from identity.primitives.money import Money
from identity.spending.models import Settlement, SettlementKind


@dataclass(frozen=True, slots=True)
class Happened:
    symbol: str
    words: str
    at: datetime


def step_words(step: Settlement, currency: str) -> Happened:
    amount = {"amount": amount_in_digits(Money(step.amount, currency))}
    symbol, words = {
        SettlementKind.CAPTURE: ("check", _("The vendor charged %(amount)s.") % amount),
        SettlementKind.INCREMENT: ("plus", _("%(amount)s more was held.") % amount),
        SettlementKind.VOID: ("x", _("The hold of %(amount)s was released.") % amount),
        SettlementKind.EXPIRY: ("history", _("The hold of %(amount)s ran out and was released.") % amount),
        SettlementKind.REFUND: ("rotate-cw", _("The vendor gave %(amount)s back.") % amount),
        SettlementKind.FORCE_POST: ("ban", _("The vendor charged %(amount)s beyond what was allowed.") % amount),
    }[SettlementKind(step.kind)]
    if step.kind == SettlementKind.CAPTURE and step.released:
        rest = {"amount": amount_in_digits(Money(step.released, currency))}
        words += " " + _("The rest, %(amount)s, was released.") % rest
    return Happened(symbol, words, step.at)
