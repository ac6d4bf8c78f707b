"""What has been used of a delegation's counted constraints, for those who may know: its principal, its holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from identity.delegation.constraints import Count, Rolling, Spacing, Velocity
from identity.spending.chain import Counted
from identity.spending.chains import chain_of
from identity.spending.models import Budget, Posting


@dataclass(frozen=True, slots=True)
class Usage:
    """One counted constraint at one instant. ``cap`` and ``used`` are minor units, or times where ``currency`` is
    empty; ``elevated`` is what a human let through beyond the cap."""

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

    @property
    def remaining(self) -> int:
        return max(0, self.cap - self.used)


def usage_of(delegation: str, at: datetime) -> tuple[Usage, ...]:
    """The usage of this link's own constraints in the windows of ``at``. Those of links above are not in it: whoever
    holds a link learns nothing about its ancestors' budgets here."""
    chain = chain_of(delegation)
    if chain is None:
        return ()
    own = [counted for counted in chain.counted if counted.depth == chain.leaf.depth]
    ids = {counted.lift: counted.budget_id(at) for counted in own}
    budgets = Budget.objects.in_bulk(list(ids.values()))
    return tuple(
        _usage(counted, ids[counted.lift], budgets.get(ids[counted.lift]), at)
        for counted in own
        if not isinstance(counted.rule, Spacing)
    )


def _usage(counted: Counted, budget_id: str, budget: Budget | None, at: datetime) -> Usage:
    row = budget or Budget(id=budget_id)
    rule = counted.rule
    held, captured = row.held, row.captured
    if isinstance(rule, Count):
        cap, used, elevated = rule.maximum, row.uses, row.uses_elevated
    elif isinstance(rule, Velocity):
        cap, used, elevated = rule.maximum, _recent(budget_id, counted, at)["uses"], row.uses_elevated
    elif isinstance(rule, Rolling):
        recent = _recent(budget_id, counted, at)
        cap, held, captured = rule.amount, recent["held"], recent["captured"]
        used, elevated = held + captured, row.held_elevated + row.captured_elevated
    else:
        cap, used, elevated = counted.cap or 0, row.used, row.held_elevated + row.captured_elevated
    return Usage(
        constraint=rule.id,
        kind=rule.kind,
        currency=counted.currency or "",
        window=budget_id.rpartition(":")[2],
        cap=cap,
        held=held,
        captured=captured,
        used=used,
        elevated=elevated,
        over=row.over,
    )


def _recent(budget_id: str, counted: Counted, at: datetime) -> dict[str, Any]:
    since = at - timedelta(seconds=counted.seconds)
    sums = Posting.objects.filter(budget=budget_id, counted_at__gt=since, is_elevated=False).aggregate(
        held=Sum("held", default=0), captured=Sum("captured", default=0), uses=Sum("uses", default=0)
    )
    return dict(sums)
