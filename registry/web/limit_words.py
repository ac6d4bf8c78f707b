"""Limits as a person reads them on a card, in her language.

The signed sentence (``Constraint.sentence``) stays as it was signed; these words say the same beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.accounts.amounts import amount_in_digits, count_in_digits
from identity.delegation.constraints import (
    Actions,
    Categories,
    Constraint,
    Count,
    Countries,
    Currencies,
    Hours,
    MinReputation,
    PerPeriod,
    PerTransaction,
    Purpose,
    Rolling,
    Spacing,
    StepUp,
    Total,
    Velocity,
    VendorAssurance,
)
from identity.delegation.constraints.lists import Payees
from identity.primitives.money import Money
from registry.web.shop_kinds import name_codes


def limit_words(limit: Constraint) -> str:
    """One limit as a line of its own."""
    return _WORDS[type(limit)](limit)


def plain_limits(limits: Sequence[Constraint]) -> list[str]:
    """Each limit as a line of its own, in the order in which they were signed."""
    return [limit_words(limit) for limit in limits]


def plain_sentence(limits: Sequence[Constraint]) -> str:
    """All of it in one sentence: what a card says at a glance. The purpose stands elsewhere on the card."""
    parts = [limit_words(limit) for limit in limits if not isinstance(limit, Purpose)]
    if not parts:
        return _("No limit at all.")
    first, *rest = parts
    return "; ".join([first, *(part[:1].lower() + part[1:] for part in rest)]) + "."


def purpose_of(limits: Sequence[Constraint]) -> str:
    return next((limit.text for limit in limits if isinstance(limit, Purpose)), "")


def duration_words(seconds: int) -> str:
    """``5400`` is ``1 hour 30 minutes``."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = [
        ngettext("%(count)s day", "%(count)s days", days) % {"count": days} if days else "",
        ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours} if hours else "",
        ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes} if minutes else "",
        ngettext("%(count)s second", "%(count)s seconds", left) % {"count": left} if left else "",
    ]
    return " ".join(filter(None, parts))


def _total(limit: Total) -> str:
    if not limit.amount:
        return _("No money at all")
    return _("At most %(amount)s in total") % {"amount": amount_in_digits(limit.limit)}


def _one_purchase(limit: PerTransaction) -> str:
    if not limit.minimum:
        return _("At most %(amount)s in one purchase") % {"amount": amount_in_digits(limit.limit)}
    least = amount_in_digits(Money(limit.minimum, limit.currency))
    return _("%(least)s to %(most)s in one purchase") % {"least": least, "most": amount_in_digits(limit.limit)}


def _period(limit: PerPeriod) -> str:
    sentences = {
        "day": _("At most %(amount)s a day"),
        "week": _("At most %(amount)s a week"),
        "month": _("At most %(amount)s a month"),
        "year": _("At most %(amount)s a year"),
    }
    words = sentences[limit.period] % {"amount": amount_in_digits(limit.limit)}
    if limit.alignment == "consent":
        words = _("%(limit)s, counted from the day it began") % {"limit": words}
    return f"{words} ({limit.timezone})" if limit.timezone != "UTC" else words


def _rolling(limit: Rolling) -> str:
    return _("At most %(amount)s within any %(window)s") % {
        "amount": amount_in_digits(limit.limit),
        "window": duration_words(limit.window_seconds),
    }


def _count(limit: Count) -> str:
    words = ngettext("At most %(count)s purchase in total", "At most %(count)s purchases in total", limit.maximum)
    return words % {"count": count_in_digits(limit.maximum)}


def _velocity(limit: Velocity) -> str:
    words = ngettext(
        "At most %(count)s purchase within any %(window)s",
        "At most %(count)s purchases within any %(window)s",
        limit.maximum,
    )
    return words % {"count": count_in_digits(limit.maximum), "window": duration_words(limit.window_seconds)}


def _spacing(limit: Spacing) -> str:
    return _("At least %(interval)s between two purchases") % {"interval": duration_words(limit.min_interval_seconds)}


def _lists(only: str, never: str, allow: Sequence[str] | None, deny: Sequence[str]) -> str:
    """``only`` and ``never`` are sentences with a place for the items."""
    allowed = "" if allow is None else only % {"items": ", ".join(allow) or _("none")}
    denied = never % {"items": ", ".join(deny)} if deny else ""
    return "; ".join(filter(None, [allowed, denied]))


def _payees(limit: Payees) -> str:
    return _lists(_("Only at these shops: %(items)s"), _("Never at %(items)s"), limit.allow, limit.deny)


def _categories(limit: Categories) -> str:
    allow = None if limit.allow is None else name_codes(limit.allow)
    only, never = _("Only these kinds of shop: %(items)s"), _("Never these kinds of shop: %(items)s")
    return _lists(only, never, allow, name_codes(limit.deny))


def _countries(limit: Countries) -> str:
    return _lists(_("Only in %(items)s"), _("Never in %(items)s"), limit.allow, limit.deny)


def _currencies(limit: Currencies) -> str:
    return _lists(_("Only in these currencies: %(items)s"), "", limit.allow, ())


def _actions(limit: Actions) -> str:
    return _lists(_("Only for %(items)s"), "", limit.allow, ())


def _hours(limit: Hours) -> str:
    names = dict(zip("1234567", _("Mon Tue Wed Thu Fri Sat Sun").split(), strict=True))
    windows = [
        f"{''.join(names.get(letter, letter) for letter in window.days)} {window.start}-{window.end}"
        for window in limit.windows
    ]
    shown = "; ".join(windows) or _("never")
    return _("Only at these hours: %(hours)s (%(zone)s)") % {"hours": shown, "zone": limit.timezone}


def _assurance(limit: VendorAssurance) -> str:
    levels = (
        _("At any vendor"),
        _("Only at vendors with a proven domain"),
        _("Only at vendors whose legal entity is verified"),
        _("Only at vendors verified on site or by payment"),
    )
    return levels[limit.minimum]


def _reputation(limit: MinReputation) -> str:
    return _("Only while its score is at least %(score)s") % {"score": limit.minimum}


def _step_up(limit: StepUp) -> str:
    when = [_("every time")] if limit.always else []
    if limit.amount_over is not None:
        when.append(_("above %(amount)s") % {"amount": amount_in_digits(limit.amount_over)})
    if limit.first_use_of_payee:
        when.append(_("at a shop not used before"))
    if limit.actions:
        when.append(_("for %(items)s") % {"items": ", ".join(limit.actions)})
    if limit.categories:
        when.append(_("at these kinds of shop: %(items)s") % {"items": ", ".join(name_codes(limit.categories))})
    if limit.approvers == "issuer":
        return _("Asks whoever issued this first: %(when)s") % {"when": _(" or ").join(when)}
    if limit.group:
        return _("Asks your group of approvers first: %(when)s") % {"when": _(" or ").join(when)}
    return _("Asks you first %(when)s") % {"when": _(" or ").join(when)}


def _purpose(limit: Purpose) -> str:
    return _("For: “%(text)s”") % {"text": limit.text}


_WORDS: dict[type[Constraint], Callable[[Any], str]] = {
    Total: _total,
    PerTransaction: _one_purchase,
    PerPeriod: _period,
    Rolling: _rolling,
    Count: _count,
    Velocity: _velocity,
    Spacing: _spacing,
    Payees: _payees,
    Categories: _categories,
    Countries: _countries,
    Currencies: _currencies,
    Actions: _actions,
    Hours: _hours,
    VendorAssurance: _assurance,
    MinReputation: _reputation,
    StepUp: _step_up,
    Purpose: _purpose,
}
