"""What each budget takes for a spend, and why it would not: every amount, window, number and pause of a chain, and the
registry's own ceiling. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from identity.delegation.constraints import Count, PerPeriod, Rolling, Spacing, Total, Velocity
from identity.delegation.facts import Refusal
from identity.primitives.money import Money
from identity.spending.chain import Chain, Counted
from identity.spending.seen import BudgetSeen, Charge, Outcome, SpendRequest
from identity.spending.underwriting import Terms, ceiling_budget, counted_as, underwrite


def count_budgets(
    request: SpendRequest, chain: Chain, budgets: Mapping[str, BudgetSeen], lifts: frozenset[str]
) -> tuple[list[Charge], list[Refusal]]:
    """What every budget of the chain would take, and the limits that stand in the way. ``lifts`` book apart."""
    charges, over = [], []
    currency, amount, uses, at = request.currency, request.charge, int(request.counts_use), request.counted_at
    for budget_id, counted in chain.reach(currency, at).counted:
        budget = budgets[budget_id]
        before, cap = budget.held + budget.captured, counted.cap
        if cap is not None and before + amount <= cap and not lifts:  # nearly all: money that fits
            charges.append(Charge(budget_id, counted, amount, uses, before, cap, False))
            continue
        charge, refusal = _judge(counted, budget, budget_id, request, counted.lift in lifts)
        charges.append(charge)
        if refusal is not None:
            over.append(refusal)
    return charges, over


def _shown(amount: int, counted: Counted) -> str:
    """Money as people write it: the human who is asked reads it, and so does the agent's owner."""
    return Money(amount, counted.currency).digits() if counted.currency is not None else str(amount)


def _judge(
    counted: Counted, budget: BudgetSeen, budget_id: str, request: SpendRequest, is_elevated: bool
) -> tuple[Charge, Refusal | None]:
    """What this budget would take, and why not."""
    rule = counted.rule
    uses = 1 if request.counts_use else 0
    amount = request.charge if counted.currency is not None else 0
    code, detail = None, ""
    match rule:
        case Total() | PerPeriod():
            before, cap = budget.held + budget.captured, rule.amount
            if before + amount > cap:
                code = "total_exceeded" if isinstance(rule, Total) else "period_limit_exceeded"
                used, most, more, over = (_shown(n, counted) for n in (before, cap, amount, before + amount - cap))
                detail = f"{used} of {most} are used; {more} more is {over} too much."
        case Rolling():
            before, cap = budget.recent_amount, rule.amount
            if before + amount > cap:
                used, most = _shown(before, counted), _shown(cap, counted)
                code, detail = "rolling_limit_exceeded", f"{used} of {most} were used in this window."
        case Count():
            before, cap = budget.uses, rule.maximum
            if before + uses > cap:
                code, detail = "count_exceeded", f"All {cap} uses are taken."
        case Velocity():
            before, cap = budget.recent_uses, rule.maximum
            if uses and before + uses > cap:
                code, detail = "velocity_exceeded", f"{before} of {cap} uses were in this window."
        case Spacing():
            before, cap = 0, rule.min_interval_seconds
            earliest = budget.last_used_at and budget.last_used_at + timedelta(seconds=cap)
            if uses and earliest is not None and request.at < earliest:
                code, detail = "spacing_not_elapsed", f"The next use is at {earliest.isoformat()}."
    charge = Charge(budget_id, counted, amount, uses, before, cap, is_elevated and not isinstance(rule, Total))
    return charge, Refusal(code, counted.depth, rule.id, detail) if code else None


def count_exposure(
    request: SpendRequest, chain: Chain, terms: Terms, budgets: Mapping[str, BudgetSeen]
) -> tuple[list[Charge], tuple[Refusal, ...]]:
    """What the spending agent's day takes, and what the registry itself says against it."""
    budget_id = ceiling_budget(chain.leaf.agent, request.counted_at)
    budget = budgets[budget_id]
    found = underwrite(
        terms,
        chain,
        charge=request.charge,
        hold=request.hold,
        currency=request.currency,
        action=request.action,
        before=budget.held + budget.captured,
        at=request.at,
    )
    if not found.worth:
        return [], found.refusals
    counted = counted_as(request.currency)
    return [Charge(budget_id, counted, found.worth, 0, found.before, found.ceiling, False)], found.refusals


def book(outcome: Outcome, budgets: Mapping[str, BudgetSeen], at: datetime, *, moment: int = 0) -> None:
    """Let the group's next request see what an approved one took, and note it to be written. ``moment`` is when, as the
    database counts time."""
    for charge in outcome.charges:
        budget, amount, uses = budgets[charge.budget], charge.amount, charge.uses
        taken = budget.taken
        if taken is None:
            taken = budget.taken = [0, 0, None, None, None]
        if charge.is_elevated:
            taken[2] = (taken[2] or 0) + amount
            taken[3] = (taken[3] or 0) + uses
        else:
            budget.recent_amount += amount
            budget.recent_uses += uses
            budget.held += amount
            budget.uses += uses
            taken[0] += amount
            taken[1] += uses
        if uses:
            budget.last_used_at = at if budget.last_used_at is None else max(at, budget.last_used_at)
            taken[4] = moment if taken[4] is None else max(moment, taken[4])
