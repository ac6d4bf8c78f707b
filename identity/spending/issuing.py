"""What a new delegation means for the ledger: authority set aside for it, and usage of the one that it replaces.

For the transaction that registers the link: the front doors call ``book_new_link`` right after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Sum
from psycopg import Cursor

from identity.delegation.constraints import Total
from identity.delegation.models import Allocation, Delegation
from identity.journal.actor import Actor
from identity.journal.record import record
from identity.journal.spending_kinds import AllocationReserved, UsageCarried
from identity.primitives.errors import Conflict, InvalidInput
from identity.spending.chain import Chain, Counted, reserved_from
from identity.spending.chains import chain_of
from identity.spending.ledger_writes import Writes, write
from identity.spending.models import Authorization, AuthorizationState, Budget, Posting, PostingKind
from identity.spending.windows import LIFETIME_KEY


def book_new_link(*, delegation: Delegation, actor: Actor, at: datetime) -> None:
    """Set aside what a reserved link may spend, and carry over what the link it replaces has used.

    Raises InvalidInput ``allocation_needs_total``, Conflict ``allocation_exhausted`` when the links above do not have
    as much left: then the link must not be born.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("booking a link needs the transaction that registers it")
    chain = chain_of(delegation.pk)
    if chain is None:
        raise RuntimeError("this delegation is not registered")
    if delegation.replaces_id is not None:
        _carry_usage(delegation.replaces_id, chain, actor=actor, at=at)
    if delegation.allocation == Allocation.RESERVED:
        _reserve(delegation, chain, actor=actor, at=at)


def give_back_reserved(*, delegation: Delegation, actor: Actor, at: datetime) -> None:
    """What a revoked reserved link had not used returns to the links above. Safe to call twice."""
    chain = chain_of(delegation.pk)
    if chain is None or delegation.allocation != Allocation.RESERVED:
        return
    above = [budget for total in _own_totals(chain) for budget in _totals_above(chain, total.currency or "")]
    budgets = [f"{delegation.pk}:{total.rule.id}:{LIFETIME_KEY}" for total in _own_totals(chain)]
    _lock([*above, *budgets])
    writes = Writes()
    for total, own in zip(_own_totals(chain), budgets, strict=True):
        reserved = _sum_held(delegation.pk, _totals_above(chain, total.currency or ""))
        used = sum(Budget.objects.filter(pk=own).values_list("held", "captured").first() or (0, 0))
        for budget, held in reserved.items():
            back = held - used
            if back > 0:
                writes.post(
                    authorization=delegation.pk,
                    budget=budget,
                    kind=PostingKind.DEALLOCATE,
                    held=-back,
                    counted_at=at,
                )
    _write(writes)


def _reserve(delegation: Delegation, chain: Chain, *, actor: Actor, at: datetime) -> None:
    totals = _own_totals(chain)
    if not totals:
        raise InvalidInput(
            "allocation_needs_total", "A reserved allocation needs a total to set aside.", field="allocation"
        )
    above = {budget: total for total in totals for budget in _totals_above(chain, total.currency or "")}
    _ensure(chain, above)
    _lock(above)
    left = {row.pk: (row.cap or 0) - row.used for row in Budget.objects.filter(pk__in=above)}
    writes = Writes()
    for budget, total in above.items():
        amount = total.cap or 0
        if left[budget] < amount:
            raise Conflict("allocation_exhausted", "The links above do not have as much left to set aside.")
        writes.post(authorization=delegation.pk, budget=budget, kind=PostingKind.ALLOCATE, held=amount, counted_at=at)
    _write(writes)
    for total in totals:
        event = AllocationReserved(delegation.pk, total.cap or 0, total.currency or "")
        record(event, subject=delegation.pk, actor=actor, at=at, organization=delegation.principal_id)


def _own_totals(chain: Chain) -> list[Counted]:
    depth = chain.leaf.depth
    return [one for one in chain.counted if one.depth == depth and isinstance(one.rule, Total)]


def _totals_above(chain: Chain, currency: str) -> list[str]:
    """The budgets of the totals that this link's reservation is taken from: those above it, up to the next link that
    is reserved itself in this currency and has paid already."""
    links = [link for link in chain.links if link.depth < chain.leaf.depth]
    boundary = reserved_from(links, currency)
    return [
        f"{link.id}:{rule.id}:{LIFETIME_KEY}"
        for link in links
        if link.depth >= boundary
        for rule in link.constraints
        if isinstance(rule, Total) and rule.currency == currency
    ]


def _ensure(chain: Chain, budgets: Iterable[str]) -> None:
    wanted = set(budgets)
    Budget.objects.bulk_create(
        [
            Budget(id=budget, currency=rule.currency, cap=rule.amount)
            for link in chain.links
            for rule in link.constraints
            if isinstance(rule, Total) and (budget := f"{link.id}:{rule.id}:{LIFETIME_KEY}") in wanted
        ],
        ignore_conflicts=True,
    )


def _lock(budgets: Iterable[str]) -> None:
    statement = "SELECT id FROM spending_budget WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
    with connection.wrap_database_errors:
        Cursor(connection.connection).execute(statement, [sorted(budgets)])


def _write(writes: Writes) -> None:
    with connection.wrap_database_errors:
        write(connection.connection, writes)


def _sum_held(authorization: str, budgets: list[str]) -> dict[str, int]:
    mine = Posting.objects.filter(authorization=authorization, budget__in=budgets)
    return {str(budget): held for budget, held in mine.values_list("budget").annotate(Sum("held"))}


def _carry_usage(replaced: str, chain: Chain, *, actor: Actor, at: datetime) -> None:
    """What the replaced link used counts against the one that replaces it, constraint by constraint of the same kind
    and window; so revoking and issuing again never makes two caps of one. Open holds stay capturable and count here
    from now on."""
    old = chain_of(replaced)
    if old is None:
        return
    pairs = _matching(old, chain)
    prefixes = dict(pairs)
    rows = [row for prefix in prefixes for row in Budget.objects.filter(pk__startswith=prefix)]
    news = {row.pk: _renamed(row.pk, prefixes) for row in rows}
    Budget.objects.bulk_create([_successor(row, news[row.pk], prefixes) for row in rows], ignore_conflicts=True)
    _lock([*news, *news.values()])
    writes = Writes()
    moving = list(
        Authorization.objects.select_for_update(no_key=True)
        .filter(path__contains=[replaced])
        .exclude(state=AuthorizationState.CLOSED)
        .order_by("pk")
    )
    open_held = _move_open(moving, news, writes)
    for row in Budget.objects.filter(pk__in=news):
        _post_used(row, news[row.pk], open_held.get(row.pk, (0, 0)), replaced, writes, at)
    _write(writes)
    for authorization in moving:
        authorization.save(update_fields=["budgets", "budgets_elevated", "budgets_restored"])
    record(UsageCarried(replaced), subject=chain.leaf.id, actor=actor, at=at, organization=chain.principal)


def _matching(old: Chain, new: Chain) -> list[tuple[str, Counted]]:
    """Prefixes of the old link's budgets with the new constraint that goes on counting them: of the same kind,
    currency and window. A new constraint takes over at most one old one."""
    found: list[tuple[str, Counted]] = []
    free = [one for one in new.counted if one.depth == new.leaf.depth]
    for before in (one for one in old.counted if one.depth == old.leaf.depth):
        match = next((after for after in free if _counts_alike(before, after)), None)
        if match is not None:
            free.remove(match)
            found.append((before.budget_prefix, match))
    return found


def _counts_alike(before: Counted, after: Counted) -> bool:
    names = ("period", "alignment", "timezone", "currency", "window_seconds")
    return type(before.rule) is type(after.rule) and all(
        getattr(before.rule, name, None) == getattr(after.rule, name, None) for name in names
    )


def _renamed(budget: str, prefixes: dict[str, Counted]) -> str:
    prefix = budget.rpartition(":")[0] + ":"
    return prefixes[prefix].budget_prefix + budget.rpartition(":")[2]


def _successor(row: Budget, name: str, prefixes: dict[str, Counted]) -> Budget:
    """The new row. Its guard is no lower than what is used already; the constraint itself declines what is more."""
    counted = prefixes[row.pk.rpartition(":")[0] + ":"]
    cap = None if counted.cap is None else max(counted.cap, row.used)
    uses_max = None if counted.uses_max is None else max(counted.uses_max, row.uses)
    return Budget(id=name, currency=row.currency, cap=cap, uses_max=uses_max)


def _move_open(moving: list[Authorization], news: dict[str, str], writes: Writes) -> dict[str, tuple[int, int]]:
    """Let each open hold count in the new budgets too, so that its capture and release reach them. What it has
    captured goes with it. Returns how much of each old budget's held and captured was moved like this."""
    moved: dict[str, tuple[int, int]] = {}
    for authorization in moving:
        for name, is_elevated in (("budgets", False), ("budgets_elevated", True)):
            mine = [budget for budget in getattr(authorization, name) if budget in news]
            for budget in mine:
                given_back = authorization.refunded if budget in authorization.budgets_restored else 0
                taken = authorization.captured - given_back
                writes.post(
                    authorization=authorization.pk,
                    budget=news[budget],
                    kind=PostingKind.CARRY,
                    held=authorization.open,
                    captured=taken,
                    is_elevated=is_elevated,
                    counted_at=authorization.created_at,
                )
                if not is_elevated:
                    held, captured = moved.get(budget, (0, 0))
                    moved[budget] = (held + authorization.open, captured + taken)
            setattr(authorization, name, [*getattr(authorization, name), *(news[budget] for budget in mine)])
        restored = [news[budget] for budget in authorization.budgets_restored if budget in news]
        authorization.budgets_restored = [*authorization.budgets_restored, *restored]
    return moved


def _post_used(row: Budget, name: str, moved: tuple[int, int], replaced: str, writes: Writes, at: datetime) -> None:
    """Everything else that was used, in one posting: it can be neither captured nor released any more."""
    recent: dict[Any, Any] = {"used_at": row.last_used_at} if row.last_used_at else {}
    writes.post(
        authorization=replaced,
        budget=name,
        kind=PostingKind.CARRY,
        held=row.held - moved[0],
        captured=row.captured - moved[1],
        uses=row.uses,
        counted_at=row.last_used_at or at,
        **recent,
    )
