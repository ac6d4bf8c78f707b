"""Who may lend how much, in words: for the pages, and for the journal's events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from identity.accounts.amounts import amount_in_digits, count_in_digits
from identity.accounts.models import Role
from identity.delegation.lending_bounds import Beyond, Bounds, Ceiling, Excess
from identity.primitives.money import Money

Payload = dict[str, Any]

# What stands before "may lend": the people who have the role.
PEOPLE: dict[str, Any] = {
    Role.OWNER: gettext_lazy("Owners"),
    Role.ADMINISTRATOR: gettext_lazy("Administrators"),
    Role.LENDER: gettext_lazy("Lenders"),
}


def people(role: str) -> str:
    return str(PEOPLE.get(role, role))


def bounds_lines(bounds: Bounds) -> list[str]:
    """What somebody with these bounds may lend, each bound a line of its own. Never empty."""
    if not bounds.may_lend:
        return [_("Nothing")]
    if bounds.is_free:
        return [_("Any amount, for any time")]
    lines = [line for ceiling in bounds.ceilings for line in ceiling_lines(ceiling)]
    if bounds.ceilings:
        currencies = ", ".join(ceiling.currency for ceiling in bounds.ceilings)
        lines.append(_("Only in %(currencies)s") % {"currencies": currencies})
    if bounds.days_max:
        lines.append(_for_days(bounds.days_max))
    if bounds.open_max:
        lines.append(in_force_words(bounds.open_max))
    return lines


def ceiling_lines(ceiling: Ceiling) -> list[str]:
    """The amounts of one currency, in the words in which limits are read on a card."""
    shown = []
    if ceiling.per_purchase is not None:
        shown.append(_("At most %(amount)s in one purchase") % {"amount": _digits(ceiling.per_purchase, ceiling)})
    if ceiling.per_window is not None:
        shown.append(window_words(ceiling.window) % {"amount": _digits(ceiling.per_window, ceiling)})
    if ceiling.total is not None:
        shown.append(_("At most %(amount)s in total") % {"amount": _digits(ceiling.total, ceiling)})
    return shown


def window_words(window: str) -> str:
    return {
        "day": _("At most %(amount)s a day"),
        "week": _("At most %(amount)s a week"),
        "month": _("At most %(amount)s a month"),
        "year": _("At most %(amount)s a year"),
    }[window]


def beyond_words(found: Beyond, bounds: Bounds) -> str:
    """One thing that goes beyond what somebody may lend, said to her."""
    ceiling = found.ceiling
    match found.excess:
        case Excess.NOTHING_ALLOWED:
            return _("Your role lends nothing here. An owner can say how much it may.")
        case Excess.NO_LIMIT:
            return _("It needs a limit of money.")
        case Excess.DAYS:
            return _("Your role lends for at most %(days)s days.") % {"days": bounds.days_max}
        case Excess.COUNT:
            return in_force_words(bounds.open_max or 0)
        case Excess.CURRENCY:
            return _("Your role lends in %(currencies)s only.") % {
                "currencies": ", ".join(each.currency for each in bounds.ceilings)
            }
    if ceiling is None:
        return found.detail
    return _("Your role needs this limit: %(limit)s.") % {"limit": _said_of(found.excess, ceiling)}


def _said_of(excess: Excess, ceiling: Ceiling) -> str:
    one = {
        Excess.PER_PURCHASE: Ceiling(currency=ceiling.currency, per_purchase=ceiling.per_purchase),
        Excess.PER_WINDOW: Ceiling(currency=ceiling.currency, per_window=ceiling.per_window, window=ceiling.window),
        Excess.TOTAL: Ceiling(currency=ceiling.currency, total=ceiling.total),
    }[excess]
    line = ceiling_lines(one)[0]
    return line[:1].lower() + line[1:]


def roles_words(roles: Sequence[str]) -> str:
    """``Owners, Lenders``; everybody where none is named."""
    return ", ".join(str(words) for role, words in PEOPLE.items() if role in roles) or _("Everybody who lends")


def _for_days(days: int) -> str:
    return ngettext("For at most %(days)s day", "For at most %(days)s days", days) % {"days": count_in_digits(days)}


def in_force_words(count: int) -> str:
    words = ngettext(
        "At most %(count)s delegation of one person in force at one time",
        "At most %(count)s delegations of one person in force at one time",
        count,
    )
    return words % {"count": count_in_digits(count)}


def _digits(amount: int, ceiling: Ceiling) -> str:
    return amount_in_digits(Money(amount, ceiling.currency))


def _rule_changed(payload: Payload) -> str:
    role = people(str(payload.get("role", "")))
    if not payload.get("may_lend"):
        return _("%(people)s may lend nothing from now on") % {"people": role}
    return _("How much %(people)s may lend was changed") % {"people": role}


LENDING_WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "lending_rule.changed": ("sliders-horizontal", _rule_changed),
    "limit_template.created": ("list-checks", lambda p: _("Limit template added")),
    "limit_template.changed": ("list-checks", lambda p: _("Limit template changed")),
    "limit_template.removed": ("list-checks", lambda p: _("Limit template removed")),
}
