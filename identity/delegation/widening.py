"""Which of new limits promise more than the old ones. Pure.

Whatever cannot be compared counts as wider: then it only takes longer to begin.
"""

from __future__ import annotations

from collections.abc import Sequence

from identity.delegation.constraints import (
    Constraint,
    Hours,
    MoneyConstraint,
    PerPeriod,
    Purpose,
    Rolling,
    StepUp,
    Velocity,
)
from identity.delegation.link import Terms

VALIDITY, DEPTH, AUDIENCE, CURRENCY = "validity", "depth", "audience", "currency"


def widenings(old: Terms, new: Terms) -> tuple[str, ...]:
    """What is wider: ids of old constraints that no new one is as narrow as, and ``validity``, ``depth``,
    ``audience``, ``currency``. Empty when the new terms allow nothing that the old did not."""
    found = [
        limit.id
        for limit in old.constraints
        if not isinstance(limit, Purpose) and not any(_is_as_narrow(limit, each) for each in new.constraints)
    ]
    if new.valid_until > old.valid_until:
        found.append(VALIDITY)
    if new.max_further_depth > old.max_further_depth:
        found.append(DEPTH)
    if not set(new.audience) <= set(old.audience):
        found.append(AUDIENCE)
    before, after = _currencies(old.constraints), _currencies(new.constraints)
    if before and not after <= before:  # limits in one currency refuse every other
        found.append(CURRENCY)
    return tuple(found)


def _currencies(limits: Sequence[Constraint]) -> set[str]:
    return {limit.currency for limit in limits if isinstance(limit, MoneyConstraint)}


def _is_as_narrow(old: Constraint, new: Constraint) -> bool:
    if type(old) is not type(new) or not _can_compare(old, new):
        return False
    if isinstance(old, StepUp) and isinstance(new, StepUp):
        return _asks_as_often(old, new)
    return new.narrows(old)


def _can_compare(old: Constraint, new: Constraint) -> bool:
    """``narrows`` calls what it cannot compare narrower, since both hold; here the old one will be gone."""
    names: tuple[str, ...] = ()
    if isinstance(old, MoneyConstraint):
        names = ("currency",)
    if isinstance(old, PerPeriod):
        names = ("currency", "period", "alignment", "timezone")
    elif isinstance(old, Rolling):
        names = ("currency", "window_seconds")
    elif isinstance(old, Velocity):
        names = ("window_seconds",)
    elif isinstance(old, Hours):
        names = ("timezone",)
    return all(getattr(old, name) == getattr(new, name) for name in names)


def _asks_as_often(old: StepUp, new: StepUp) -> bool:
    """Whether the human is asked whenever she was asked before, and nobody else in her place."""
    if old.approvers != new.approvers:
        return False
    if new.always:
        return True
    if old.always or (old.first_use_of_payee and not new.first_use_of_payee):
        return False
    if old.amount_over is not None:
        over = new.amount_over
        if over is None or over.currency != old.amount_over.currency or over.amount > old.amount_over.amount:
            return False
    return set(old.actions) <= set(new.actions) and set(old.categories) <= set(new.categories)
