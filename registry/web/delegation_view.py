"""What the delegation pages show: the tree below a link, its standing in words, its budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from identity.delegation.constraints import parse_constraints
from identity.delegation.models import Delegation
from identity.delegation.standing import EffectiveStatus, Standing, standings
from identity.primitives.money import Money
from identity.spending.usage import Usage, usage_of

TREE_SHOWN_MAX = 200

# The words of registry.web.states.
_WORDS = {
    EffectiveStatus.ACTIVE: "active",
    EffectiveStatus.NOT_YET_VALID: "pending",
    EffectiveStatus.SUSPENDED: "suspended",
    EffectiveStatus.EXPIRED: "expired",
    EffectiveStatus.REVOKED: "revoked",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One link as a page shows it; ``standing`` counts everything above it, too."""

    delegation: Delegation
    standing: Standing
    indent: int

    @property
    def state(self) -> str:
        return _WORDS[self.standing.status]

    @property
    def limits(self) -> str:
        """The limits in one line; the whole signed sentence stands on the link's own page."""
        limits = parse_constraints(self.delegation.constraints)
        return spoken("; ".join(limit.sentence().removeprefix("for ") for limit in limits))


def rows_of(delegations: Sequence[Delegation], *, at: datetime) -> list[Row]:
    found = standings(delegations, at=at)
    return [Row(each, found[each.pk], each.depth) for each in delegations]


def tree_of(root: Delegation, *, at: datetime) -> tuple[list[Row], int]:
    """The link and what lies below it, parents before their children, and how many more there are than are shown."""
    links = Delegation.objects.subtree_of(root).select_related("agent", "agent__organization").order_by("path")
    shown = list(links[:TREE_SHOWN_MAX])
    return rows_of(shown, at=at), links.count() - len(shown)


@dataclass(frozen=True, slots=True)
class Meter:
    """One counted limit as a page shows it: words beside a bar, so that the bar says nothing alone."""

    words: str
    used: str
    cap: str
    left: str
    share: int
    """Used of the cap, 0 to 100."""
    extra: str


def meters_of(delegation: Delegation, *, at: datetime) -> list[Meter]:
    sentences = {constraint.id: constraint.sentence() for constraint in parse_constraints(delegation.constraints)}
    return [_meter(usage, sentences[usage.constraint]) for usage in usage_of(delegation.pk, at)]


def _meter(usage: Usage, sentence: str) -> Meter:
    def shown(amount: int) -> str:
        return Money(amount, usage.currency).digits() if usage.currency else str(amount)

    return Meter(
        words=spoken(sentence),
        used=shown(usage.used),
        cap=shown(usage.cap),
        left=shown(usage.remaining),
        share=min(100, usage.used * 100 // usage.cap) if usage.cap else 100,
        extra=shown(usage.elevated) if usage.elevated else "",
    )


def limits_of(delegation: Delegation) -> list[str]:
    """Each limit as a line of its own."""
    return [spoken(constraint.sentence()) for constraint in parse_constraints(delegation.constraints)]


def spoken(sentence: str) -> str:
    """A part of the signed sentence as it stands alone: "for at most 5 EUR" becomes "At most 5 EUR"."""
    alone = sentence.removeprefix("for ")
    return alone[:1].upper() + alone[1:]
