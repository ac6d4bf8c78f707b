"""What has been used of a delegation's counted constraints, for those who may know: its principal, its holder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, Sum

from identity.delegation.constraints import Count, PerPeriod, Rolling, Spacing, Velocity
from identity.delegation.models import Delegation
from identity.spending.chain import Chain, Counted, compile_chain
from identity.spending.chains import chain_of, link_of
from identity.spending.models import Budget, Posting
from identity.spending.windows import window_of

_NOTHING_RECENT = {"held": 0, "captured": 0, "uses": 0}


@dataclass(frozen=True, slots=True)
class Usage:
    """One counted constraint at one instant. ``cap`` and ``used`` are minor units, or times where ``currency`` is
    empty; ``elevated`` is what a human let through beyond the cap. ``resets_at`` is when a period begins anew, None
    for a total and for windows that move along; ``last_used_at`` the last spend, None before the first."""

    constraint: str
    kind: str
    currency: str
    window: str
    cap: int
    held: int
    captured: int
    used: int
    elevated: int
    over: int
    resets_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def remaining(self) -> int:
        return max(0, self.cap - self.used)


def usage_of(delegation: str, at: datetime) -> tuple[Usage, ...]:
    """The usage of this link's own constraints in the windows of ``at``. Those of links above are not in it: whoever
    holds a link learns nothing about its ancestors' budgets here."""
    chain = chain_of(delegation)
    return () if chain is None else _usages({delegation: _own(chain)}, at)[delegation]


def usages_of(delegations: Sequence[Delegation], at: datetime) -> dict[str, tuple[Usage, ...]]:
    """``usage_of`` each, by id, in two queries however many there are."""
    own = {row.pk: _own(compile_chain([link_of(row)], principal=row.principal_id, operators=[])) for row in delegations}
    return _usages(own, at)


def _own(chain: Chain) -> list[Counted]:
    """Spacing has nothing that is used up."""
    return [one for one in chain.counted if one.depth == chain.leaf.depth and not isinstance(one.rule, Spacing)]


def _usages(own: Mapping[str, Sequence[Counted]], at: datetime) -> dict[str, tuple[Usage, ...]]:
    places = {link: [(counted.budget_id(at), counted) for counted in rules] for link, rules in own.items()}
    everything = [place for found in places.values() for place in found]
    budgets = Budget.objects.in_bulk([budget for budget, _ in everything])
    recent = _recent([place for place in everything if place[1].looks_back], at)
    return {
        link: tuple(
            _usage(counted, budgets.get(budget) or Budget(id=budget), recent.get(budget, _NOTHING_RECENT), at)
            for budget, counted in found
        )
        for link, found in places.items()
    }


def _usage(counted: Counted, row: Budget, recent: Mapping[str, int], at: datetime) -> Usage:
    rule = counted.rule
    held, captured = row.held, row.captured
    if isinstance(rule, Count):
        cap, used, elevated = rule.maximum, row.uses, row.uses_elevated
    elif isinstance(rule, Velocity):
        cap, used, elevated = rule.maximum, recent["uses"], row.uses_elevated
    elif isinstance(rule, Rolling):
        cap, held, captured = rule.amount, recent["held"], recent["captured"]
        used, elevated = held + captured, row.held_elevated + row.captured_elevated
    else:
        cap, used, elevated = counted.cap or 0, row.used, row.held_elevated + row.captured_elevated
    return Usage(
        constraint=rule.id,
        kind=rule.kind,
        currency=counted.currency or "",
        window=row.pk.rpartition(":")[2],
        cap=cap,
        held=held,
        captured=captured,
        used=used,
        elevated=elevated,
        over=row.over,
        resets_at=_resets_at(counted, at),
        last_used_at=row.last_used_at,
    )


def _resets_at(counted: Counted, at: datetime) -> datetime | None:
    rule = counted.rule
    if not isinstance(rule, PerPeriod):
        return None
    window = window_of(
        period=rule.period, alignment=rule.alignment, timezone=rule.timezone, begun_at=counted.begun_at, at=at
    )
    return window.ends_at


def _recent(places: Sequence[tuple[str, Counted]], at: datetime) -> dict[str, dict[str, Any]]:
    """What was posted within each window that looks back, by budget."""
    if not places:
        return {}
    since = [Q(budget=budget, counted_at__gt=at - timedelta(seconds=counted.seconds)) for budget, counted in places]
    sums = (
        Posting.objects.filter(reduce(or_, since), is_elevated=False)
        .values("budget")
        .annotate(held=Sum("held"), captured=Sum("captured"), uses=Sum("uses"))
    )
    return {str(row["budget"]): {name: row[name] for name in ("held", "captured", "uses")} for row in sums}
