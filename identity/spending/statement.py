"""What was spent on a principal's authority in a period: the lines and their sums, straight from the ledger.

A purchase belongs to the period in which its authority was given, as in the budgets (``Posting.counted_at``): a charge
next month counts in this one. Currencies are never added up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, F, Func, Q, QuerySet, Value

from identity.primitives.ids import is_id
from identity.primitives.money import Money
from identity.spending.models import Authorization


class Show(StrEnum):
    """Which purchases: those with something still held, charged, given back, or ended without a charge."""

    HELD = "held"
    CHARGED = "charged"
    REFUNDED = "refunded"
    RELEASED = "released"


class Step(StrEnum):
    """How long one column of a chart is."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Selection:
    """The purchases of ``principal`` from ``begins_at`` until before ``ends_at``. None and "" leave nothing out; an
    empty collection leaves out everything. ``parties``: of this agent or at this vendor, or ``text`` is in the action.
    ``ids``: no others than these."""

    principal: str
    begins_at: datetime
    ends_at: datetime
    agent: str = ""
    vendors: Collection[str] | None = None
    currency: str = ""
    show: Show | None = None
    text: str = ""
    parties: Collection[str] = ()
    ids: Collection[str] | None = None

    def lines(self) -> QuerySet[Authorization]:
        """Newest first."""
        rows = Authorization.objects.filter(
            self.parts(), principal=self.principal, created_at__gte=self.begins_at, created_at__lt=self.ends_at
        )
        if self.show is not None:
            rows = rows.filter(_SHOWN[self.show])
        if self.ids is not None:
            rows = rows.filter(_is_one_of("id", self.ids))
        return rows.order_by("-created_at", "-pk")

    def parts(self, has_text: Q | None = None) -> Q:
        """What is asked of what purchases have in common: true of single ones as of several summed up together.
        ``has_text`` says otherwise which actions have the text in them."""
        parts = Q()
        if self.agent:
            parts &= Q(agent=self.agent)
        if self.vendors is not None:
            parts &= Q(_is_one_of("vendor", self.vendors))
        if self.currency:
            parts &= Q(currency=self.currency)
        if self.text:
            parts &= self._is_about_text(has_text)
        return parts

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the period is left out."""
        return self.parts() == Q() and self.show is None and self.ids is None

    def _is_about_text(self, has_text: Q | None = None) -> Q:
        is_party = Q(_is_one_of("agent", self.parties)) | Q(_is_one_of("vendor", self.parties))
        return is_party | (has_text or Q(action__icontains=self.text))

    def older_than(self, last: Authorization) -> QuerySet[Authorization]:
        """The lines that follow ``last``."""
        is_before = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        return self.lines().filter(is_before, created_at__lte=last.created_at)


_DIGEST = re.compile(r"\S{32,}")
_SHOWN = {
    Show.HELD: Q(open__gt=0),
    Show.CHARGED: Q(captured__gt=0) | Q(over__gt=0),
    Show.REFUNDED: Q(refunded__gt=0),
    Show.RELEASED: Q(open=0, captured=0, over=0),  # nothing is open of what has ended, and only of that
}


def called(text: str, whole: Selection) -> list[str]:
    """The ids of the purchases that have ``text`` as their id or their order's digest. Neither stands in the index that
    lines are searched by, so they are only looked for by what can be one, and apart from all other words."""
    if is_id(text, "aut"):
        found = whole.lines().filter(pk=text)
    elif _DIGEST.fullmatch(text):
        found = whole.lines().filter(order_hash=text)
    else:
        return []
    return list(found.order_by().values_list("pk", flat=True))


def _is_one_of(column: str, ids: Collection[str]) -> Func:
    """As ``__in``, but one parameter however many they are."""
    those = Value(list(ids), output_field=ArrayField(CharField()))
    return Func(F(column), those, arg_joiner=" = ANY(", template="(%(expressions)s))", output_field=BooleanField())


@dataclass(frozen=True, slots=True)
class Sum:
    """Of some purchases in one currency, in minor units."""

    currency: str
    count: int = 0
    held: int = 0
    captured: int = 0
    refunded: int = 0
    over: int = 0

    @property
    def spent(self) -> int:
        """Charged less what was given back; what was charged beyond the authority is in it."""
        return self.captured + self.over - self.refunded

    def plus(self, other: Sum) -> Sum:
        """Both together. Raises ValueError for two currencies."""
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Sum(
            self.currency,
            self.count + other.count,
            self.held + other.held,
            self.captured + other.captured,
            self.refunded + other.refunded,
            self.over + other.over,
        )

    @property
    def charged_words(self) -> str:
        return self._words(self.captured + self.over)

    @property
    def refunded_words(self) -> str:
        return self._words(self.refunded)

    @property
    def spent_words(self) -> str:
        return self._words(self.spent)

    @property
    def held_words(self) -> str:
        return self._words(self.held)

    @property
    def over_words(self) -> str:
        return self._words(self.over)

    def _words(self, minor: int) -> str:
        return Money(minor, self.currency).digits()


def sum_of(line: Authorization) -> Sum:
    """One purchase as the sum that it is."""
    return Sum(line.currency, 1, line.open, line.captured, line.refunded, line.over)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The sums by currency; within it by agent, by vendor, and by the first day of each step."""

    totals: dict[str, Sum]
    agents: dict[str, dict[str, Sum]]
    vendors: dict[str, dict[str, Sum]]
    days: dict[str, dict[date, Sum]]

    @property
    def counts(self) -> dict[date, int]:
        """How many purchases each step has, in any currency."""
        counts: dict[date, int] = {}
        for sums in self.days.values():
            for step, one in sums.items():
                counts[step] = counts.get(step, 0) + one.count
        return counts

    @property
    def parties(self) -> Parties:
        """As ``parties_in`` counts them."""
        return Parties(_counts(self.agents), _counts(self.vendors))


def _counts(by: Mapping[str, Mapping[str, Sum]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for sums in by.values():
        for party, one in sums.items():
            counts[party] = counts.get(party, 0) + one.count
    return counts


@dataclass(frozen=True, slots=True)
class Parties:
    """How many purchases each agent made, and were made at each vendor."""

    agents: dict[str, int]
    vendors: dict[str, int]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.agents, **self.vendors})
