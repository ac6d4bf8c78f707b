"""Limits on amounts: in total, in one purchase, in a calendar period, in a rolling window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from identity.delegation.constraints.base import Constraint, Members, invalid
from identity.delegation.constraints.durations import duration_in_words, read_duration, spell_duration
from identity.delegation.constraints.zones import read_timezone
from identity.delegation.facts import Refusal, SpendFacts
from identity.primitives.money import Money, check_amount

PERIODS = ("day", "week", "month", "year")
ALIGNMENTS = ("calendar", "consent")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyConstraint(Constraint):
    """A limit in one currency. A link that has some, but none in the currency asked for, refuses that currency."""

    limit: Money

    @property
    def amount(self) -> int:
        return self.limit.amount

    @property
    def currency(self) -> str:
        return self.limit.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Total(MoneyConstraint):
    """So much over the whole life of the delegation; a refund gives back when ``refund_restores``."""

    kind: ClassVar[str] = "total"
    is_counted: ClassVar[bool] = True
    refund_restores: bool = False

    @classmethod
    def read(cls, members: Members) -> Self:
        limit = members.money("amount")
        return cls(id=members.id, limit=limit, refund_restores=members.flag("refundRestores", default=False))

    def parameters(self) -> dict[str, Any]:
        return {**self.limit.claim(), "refundRestores": self.refund_restores}

    def _is_within(self, parent: Self) -> bool:
        return self.currency != parent.currency or self.amount <= parent.amount

    def sentence(self) -> str:
        return f"for at most {self.limit.digits()} in total"


@dataclass(frozen=True, slots=True, kw_only=True)
class PerTransaction(MoneyConstraint):
    """At most ``limit`` and at least ``minimum`` minor units in one authorization."""

    kind: ClassVar[str] = "per_transaction"
    minimum: int = 0

    @classmethod
    def read(cls, members: Members) -> Self:
        minimum = check_amount(members.take("min")) if "min" in members else 0
        limit = members.money("max")
        if minimum > limit.amount:
            raise invalid("The member min is above max.")
        return cls(id=members.id, limit=limit, minimum=minimum)

    def parameters(self) -> dict[str, Any]:
        least = {"min": self.minimum} if self.minimum else {}
        return {"max": self.amount, **least, "currency": self.currency, "exponent": self.limit.exponent}

    def _is_within(self, parent: Self) -> bool:
        return self.currency != parent.currency or (self.amount <= parent.amount and self.minimum >= parent.minimum)

    def sentence(self) -> str:
        least = f"at least {Money(self.minimum, self.currency).digits()} and " if self.minimum else ""
        return f"for {least}at most {self.limit.digits()} in one purchase"

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        if facts.currency != self.currency or self.minimum <= facts.amount <= facts.max_amount <= self.amount:
            return None
        return self._refuse("per_transaction_exceeded", depth, f"Allowed is a spend {self.sentence()}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPeriod(MoneyConstraint):
    """So much in each day, week, month or year, of the calendar in ``timezone`` or counted from the consent."""

    kind: ClassVar[str] = "per_period"
    is_counted: ClassVar[bool] = True
    period: str
    alignment: str
    timezone: str

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls(
            id=members.id,
            limit=members.money("amount"),
            period=members.choice("period", PERIODS),
            alignment=members.choice("alignment", ALIGNMENTS),
            timezone=read_timezone(members),
        )

    def parameters(self) -> dict[str, Any]:
        window = {"period": self.period, "alignment": self.alignment, "timezone": self.timezone}
        return {**self.limit.claim(), **window}

    def _is_within(self, parent: Self) -> bool:
        comparable = (self.currency, self.period, self.alignment, self.timezone) == (
            parent.currency,
            parent.period,
            parent.alignment,
            parent.timezone,
        )
        return not comparable or self.amount <= parent.amount

    def sentence(self) -> str:
        window = f"calendar {self.period}" if self.alignment == "calendar" else f"{self.period} from its beginning"
        return f"for at most {self.limit.digits()} in each {window} ({self.timezone})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling(MoneyConstraint):
    """So much in any window of ``window_seconds``."""

    kind: ClassVar[str] = "rolling"
    is_counted: ClassVar[bool] = True
    window_seconds: int

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls(id=members.id, limit=members.money("amount"), window_seconds=read_duration(members, "window"))

    def parameters(self) -> dict[str, Any]:
        return {**self.limit.claim(), "window": spell_duration(self.window_seconds)}

    def _is_within(self, parent: Self) -> bool:
        comparable = (self.currency, self.window_seconds) == (parent.currency, parent.window_seconds)
        return not comparable or self.amount <= parent.amount

    def sentence(self) -> str:
        return f"for at most {self.limit.digits()} within any {duration_in_words(self.window_seconds)}"
