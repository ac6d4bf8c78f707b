"""How much one role may lend, and where terms go beyond it. Pure.

Whatever a ceiling cannot be compared with counts as beyond it: a bound that is passed over would be none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from identity.delegation.constraints import MoneyConstraint, PerPeriod, Rolling, Total
from identity.delegation.link import Terms
from identity.primitives.money import SANDBOX_CURRENCY, Money

# From the shortest to the longest; a limit on a longer one bounds the shorter too. Months and years at their longest.
WINDOW_SECONDS = {"day": 86_400, "week": 604_800, "month": 31 * 86_400, "year": 366 * 86_400}
WINDOWS = tuple(WINDOW_SECONDS)


class Excess(StrEnum):
    """What of the terms goes beyond the bounds."""

    NOTHING_ALLOWED = "nothing_allowed"
    NO_LIMIT = "no_limit"
    CURRENCY = "currency"
    PER_PURCHASE = "per_purchase"
    PER_WINDOW = "per_window"
    TOTAL = "total"
    DAYS = "days"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most of one currency in one delegation: in one purchase, in each ``window`` and over its whole life, minor
    units. None where nothing is said."""

    currency: str
    per_purchase: int | None = None
    per_window: int | None = None
    window: str = ""
    total: int | None = None

    def parts(self) -> list[str]:
        """``at most 50.00 EUR in one purchase`` …: each bound in words, in English."""
        amounts = (
            (self.per_purchase, "in one purchase"),
            (self.per_window, f"a {self.window}"),
            (self.total, "in total"),
        )
        return [f"at most {Money(most, self.currency).digits()} {words}" for most, words in amounts if most is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What whoever has a role may lend in one delegation. Without ceilings any amount of any currency; with them only
    those currencies. ``open_max`` is how many delegations of her own one person may have in force at one time."""

    may_lend: bool
    days_max: int | None = None
    open_max: int | None = None
    ceilings: tuple[Ceiling, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Tells two bounds apart, for whoever changes what she looked at."""
        return sha256(repr(self).encode()).hexdigest()[:32]

    @property
    def is_free(self) -> bool:
        return self.may_lend and self.days_max is None and self.open_max is None and not self.ceilings


@dataclass(frozen=True, slots=True)
class Beyond:
    """One thing that goes beyond: which bound, its ceiling where it is one of money, and a sentence in English."""

    excess: Excess
    detail: str
    ceiling: Ceiling | None = None


FREE = Bounds(may_lend=True)
NOTHING = Bounds(may_lend=False)


def beyond(bounds: Bounds, terms: Terms) -> tuple[Beyond, ...]:
    """Everything in ``terms`` that ``bounds`` do not allow; empty when they may be lent."""
    if is_play_money(terms):
        return ()
    if not bounds.may_lend:
        return (Beyond(Excess.NOTHING_ALLOWED, "This role lends nothing in this organization."),)
    return (*_too_long(bounds, terms), *_too_much(bounds, terms))


def is_play_money(terms: Terms) -> bool:
    """Whether the sandbox's currency is all that is lent: anybody may try that out."""
    currencies = {limit.currency for limit in terms.constraints if isinstance(limit, MoneyConstraint)}
    return currencies == {SANDBOX_CURRENCY}


def _too_long(bounds: Bounds, terms: Terms) -> list[Beyond]:
    if bounds.days_max is None or terms.valid_until - terms.valid_from <= timedelta(days=bounds.days_max):
        return []
    return [Beyond(Excess.DAYS, f"It may last at most {bounds.days_max} days.")]


def _too_much(bounds: Bounds, terms: Terms) -> list[Beyond]:
    if not bounds.ceilings:
        return []
    limits = [limit for limit in terms.constraints if isinstance(limit, MoneyConstraint)]
    if not limits:
        return [Beyond(Excess.NO_LIMIT, "It has no limit of money.")]
    allowed = {ceiling.currency: ceiling for ceiling in bounds.ceilings}
    found: list[Beyond] = []
    for currency in sorted({limit.currency for limit in limits}):
        own = [limit for limit in limits if limit.currency == currency]
        if min(limit.amount for limit in own) == 0:  # no money at all: within every ceiling
            continue
        ceiling = allowed.get(currency)
        if ceiling is None:
            listed = ", ".join(sorted(allowed))
            found.append(Beyond(Excess.CURRENCY, f"It may be in {listed} only, not in {currency}."))
        else:
            found += _above(ceiling, own)
    return found


def _above(ceiling: Ceiling, limits: Sequence[MoneyConstraint]) -> list[Beyond]:
    """Where the limits, all of the ceiling's currency, leave more room than it. A total bounds every window, a month's
    limit each of its days; a missing limit leaves all the room there is."""
    whole = [limit.amount for limit in limits if isinstance(limit, Total)]
    window = [limit.amount for limit in limits if covers(limit, ceiling.window)]
    once = [limit.amount for limit in limits]
    bounds = (
        (Excess.PER_PURCHASE, ceiling.per_purchase, once, "in one purchase"),
        (Excess.PER_WINDOW, ceiling.per_window, window, f"a {ceiling.window}"),
        (Excess.TOTAL, ceiling.total, whole, "in total"),
    )
    return [
        Beyond(excess, f"It needs a limit of at most {Money(most, ceiling.currency).digits()} {words}.", ceiling)
        for excess, most, found, words in bounds
        if most is not None and min(found, default=most + 1) > most
    ]


def covers(limit: MoneyConstraint, window: str) -> bool:
    """Whether the limit bounds what is spent in each ``window``: it counts over that long, or longer."""
    if isinstance(limit, Total):
        return True
    seconds = WINDOW_SECONDS.get(window, 0)
    if isinstance(limit, PerPeriod):
        return WINDOW_SECONDS[limit.period] >= seconds
    return isinstance(limit, Rolling) and limit.window_seconds >= seconds
