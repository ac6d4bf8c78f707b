"""A chain as the ledger needs it: every link's constraints sorted by who judges them. Immutable, so it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from identity.agents.fence import lock_number
from identity.delegation.constraints import (
    Constraint,
    Count,
    Hours,
    MoneyConstraint,
    PerPeriod,
    PerTransaction,
    Rolling,
    Spacing,
    StepUp,
    Total,
    Velocity,
)
from identity.delegation.facts import Refusal
from identity.primitives.errors import InvalidInput
from identity.spending.limits import BUDGETS_PER_AUTHORIZATION_MAX
from identity.spending.windows import LIFETIME_KEY, ROLLING_KEY, Window, window_of

CountedConstraint = Total | PerPeriod | Rolling | Count | Velocity | Spacing

# Judged by the amount or the hour: what all others say of a vendor lasts.
_MOMENTARY = (PerTransaction, Hours)
_ALWAYS = Window("", datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
# The order in which counted constraints are judged, and so which of several reasons is the first.
_COUNTED_ORDER = (Spacing, Velocity, Count, PerPeriod, Rolling, Total)


@dataclass(frozen=True, slots=True)
class Link:
    """One delegation, without its standing, which is read anew for every decision."""

    id: str
    depth: int
    digest: str
    agent: str
    issuer_agent: str | None
    holder_thumbprint: str
    valid_from: datetime
    valid_until: datetime
    is_reserved: bool
    audience: tuple[str, ...]
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class Exposure:
    """Not a constraint of any link but the registry's own: what an agent may spend in a day. See ``underwriting``."""

    kind: ClassVar[str] = "exposure_ceiling"
    id: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A counted constraint in its place. ``seconds`` is the window of those that look back, else 0. ``is_restored``:
    what is refunded can be spent again."""

    depth: int
    rule: CountedConstraint | Exposure
    lift: str
    budget_prefix: str
    fixed_key: str | None
    currency: str | None
    cap: int | None
    uses_max: int | None
    seconds: int
    begun_at: datetime
    is_restored: bool = False

    @property
    def looks_back(self) -> bool:
        """Whether it sums what was posted since some instant. Such a posting is dated when it is made, an increment
        too: dated as the first decision, it would fall out of the window that it spends in."""
        return self.seconds > 0

    def budget_id(self, at: datetime) -> str:
        """The budget that a spend at ``at`` counts in."""
        return self.placed(at)[1]

    def placed(self, at: datetime) -> tuple[Window, str]:
        """Its budget, and how long spends count in that one."""
        if self.fixed_key is not None:
            return _ALWAYS, self.fixed_key
        assert isinstance(self.rule, PerPeriod)
        window = window_of(
            period=self.rule.period,
            alignment=self.rule.alignment,
            timezone=self.rule.timezone,
            begun_at=self.begun_at,
            at=at,
        )
        return window, self.budget_prefix + window.key


@dataclass(frozen=True, slots=True)
class Reach:
    """The budgets that spends in one currency reach from ``starts_at`` to before ``ends_at``. ``counted`` is in judging
    order; ``new_rows`` is what the row of each begins with: currency, cap, most uses. ``looking_back`` are those that
    sum what was posted, with their seconds, ``spaced`` those whose last use matters."""

    starts_at: datetime
    ends_at: datetime
    counted: tuple[tuple[str, Counted], ...]
    new_rows: dict[str, tuple[str, int | None, int | None]]
    looking_back: tuple[tuple[str, int], ...]
    spaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Root to leaf. ``operators`` are the organizations that run the agents; ``fence`` is everything whose standing
    the decision rests on, as numbers of advisory locks."""

    links: tuple[Link, ...]
    principal: str
    agents: tuple[str, ...]
    operators: tuple[str, ...]
    fence: frozenset[int]
    stateless: tuple[tuple[int, tuple[Constraint, ...]], ...]
    step_ups: tuple[tuple[int, StepUp], ...]
    counted: tuple[Counted, ...]
    path: tuple[str, ...] = field(default=())
    agent_dids: tuple[str, ...] = field(default=())
    # Those of ``stateless`` that the amount or the hour decides.
    momentary: tuple[tuple[int, Constraint], ...] = field(init=False, compare=False, repr=False)
    # Asked for many times in each decision.
    root: Link = field(init=False, compare=False, repr=False)
    leaf: Link = field(init=False, compare=False, repr=False)
    asks_about_payee: bool = field(init=False, compare=False, repr=False)
    # What the stateless constraints said, by what they were asked about; ``stateless`` fills it.
    verdicts: dict[tuple[object, ...], tuple[Refusal, ...]] = field(default_factory=dict, compare=False, repr=False)
    # The reach asked for last in each currency: nearly every spend falls into it, and working its windows out costs
    # more than the decision.
    reaches: dict[str, Reach] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        rules = [(depth, rule) for depth, found in self.stateless for rule in found if isinstance(rule, _MOMENTARY)]
        object.__setattr__(self, "momentary", tuple(rules))
        object.__setattr__(self, "root", self.links[0])
        object.__setattr__(self, "leaf", self.links[-1])
        object.__setattr__(self, "asks_about_payee", any(rule.first_use_of_payee for _, rule in self.step_ups))

    def reach(self, currency: str, at: datetime) -> Reach:
        """The budgets that a spend in ``currency`` at ``at`` reaches."""
        found = self.reaches.get(currency)
        if found is None or not found.starts_at <= at < found.ends_at:
            found = self.reaches[currency] = _reach(self.counted, currency, at)
        return found


def _reach(rules: Sequence[Counted], currency: str, at: datetime) -> Reach:
    placed = [(one.placed(at), one) for one in rules if one.currency is None or one.currency == currency]
    return Reach(
        starts_at=max([_ALWAYS.starts_at, *(window.starts_at for (window, _), _ in placed)]),
        ends_at=min([_ALWAYS.ends_at, *(window.ends_at for (window, _), _ in placed)]),
        counted=tuple((budget, one) for (_, budget), one in placed),
        new_rows={budget: (one.currency or "", one.cap, one.uses_max) for (_, budget), one in placed},
        looking_back=tuple((budget, one.seconds) for (_, budget), one in placed if one.looks_back),
        spaced=tuple(budget for (_, budget), one in placed if isinstance(one.rule, Spacing)),
    )


def compile_chain(
    links: Sequence[Link],
    *,
    principal: str,
    operators: Sequence[str],
    agent_dids: Sequence[str] = (),
) -> Chain:
    """Sort the constraints of ``links``. InvalidInput ``too_many_budgets`` when one spend would lock too many."""
    counted = tuple(_counted(links))
    if len(counted) > BUDGETS_PER_AUTHORIZATION_MAX:
        raise InvalidInput(
            "too_many_budgets", f"A chain counts in at most {BUDGETS_PER_AUTHORIZATION_MAX} budgets at once."
        )
    stateless = tuple(
        (link.depth, tuple(rule for rule in link.constraints if not isinstance(rule, StepUp))) for link in links
    )
    step_ups = tuple((link.depth, rule) for link in links for rule in link.constraints if isinstance(rule, StepUp))
    return Chain(
        links=tuple(links),
        principal=principal,
        agents=tuple(dict.fromkeys(link.agent for link in links)),
        operators=tuple(sorted(set(operators))),
        fence=frozenset(lock_number(key) for key in _fence_keys(links, principal, operators)),
        stateless=stateless,
        step_ups=step_ups,
        counted=counted,
        path=tuple(link.id for link in links),
        agent_dids=tuple(agent_dids),
    )


def _fence_keys(links: Sequence[Link], principal: str, operators: Sequence[str]) -> set[str]:
    return {principal, *operators, *(key for link in links for key in (link.id, link.agent))}


def _counted(links: Sequence[Link]) -> list[Counted]:
    """Every counted constraint, in judging order, ancestors first. The totals above a reserved link were charged in
    full when it was issued, so they are not charged again."""
    found = [
        _place(link, rule)
        for kind in _COUNTED_ORDER
        for link in links
        for rule in link.constraints
        if isinstance(rule, kind) and not (isinstance(rule, Total) and link.depth < reserved_from(links, rule.currency))
    ]
    return found


def reserved_from(links: Sequence[Link], currency: str) -> int:
    """The depth from which totals in ``currency`` count: that of the last link which had some of it set aside, or 0.

    Stops a link that reserved euros from spending dollars which no total above counts any more.
    """
    return max((link.depth for link in links if link.is_reserved and _has_total(link, currency)), default=0)


def _has_total(link: Link, currency: str) -> bool:
    return any(isinstance(rule, Total) and rule.currency == currency for rule in link.constraints)


def _place(link: Link, rule: CountedConstraint) -> Counted:
    prefix = f"{link.id}:{rule.id}:"
    looks_back = isinstance(rule, Rolling | Velocity | Spacing)
    fixed = None if isinstance(rule, PerPeriod) else prefix + (ROLLING_KEY if looks_back else LIFETIME_KEY)
    return Counted(
        depth=link.depth,
        rule=rule,
        lift=f"{link.depth}:{rule.id}",
        budget_prefix=prefix,
        fixed_key=fixed,
        currency=rule.currency if isinstance(rule, MoneyConstraint) else None,
        cap=rule.amount if isinstance(rule, Total | PerPeriod) else None,
        uses_max=rule.maximum if isinstance(rule, Count) else None,
        seconds=rule.window_seconds if isinstance(rule, Rolling | Velocity) else 0,
        begun_at=link.valid_from,
        is_restored=isinstance(rule, Total) and rule.refund_restores,
    )
