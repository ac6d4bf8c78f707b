"""Limits by who the two sides are: how well the vendor is verified, how well the agent has behaved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from identity.delegation.constraints.base import Constraint, Members
from identity.delegation.facts import Refusal, SpendFacts

SCORE_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAssurance(Constraint):
    """The vendor is verified to this level or better: 1 domain, 2 legal entity, 3 on site."""

    kind: ClassVar[str] = "vendor_assurance"
    minimum: int

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls(id=members.id, minimum=members.number("min", lowest=0, highest=3))

    def parameters(self) -> dict[str, Any]:
        return {"min": self.minimum}

    def _is_within(self, parent: Self) -> bool:
        return self.minimum >= parent.minimum

    def sentence(self) -> str:
        return f"at vendors verified to level {self.minimum} or better"

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        if facts.vendor_assurance >= self.minimum:
            return None
        detail = f"The vendor is verified to level {facts.vendor_assurance}, asked is {self.minimum}."
        return self._refuse("vendor_assurance_too_low", depth, detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinReputation(Constraint):
    """The spending agent's score is at least this, 0 to 1000. An agent without a score has 0."""

    kind: ClassVar[str] = "min_reputation"
    minimum: int

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls(id=members.id, minimum=members.number("min", lowest=0, highest=SCORE_MAX))

    def parameters(self) -> dict[str, Any]:
        return {"min": self.minimum}

    def _is_within(self, parent: Self) -> bool:
        return self.minimum >= parent.minimum

    def sentence(self) -> str:
        return f"while its score is at least {self.minimum}"

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        if (facts.agent_reputation or 0) >= self.minimum:
            return None
        return self._refuse("reputation_too_low", depth, f"The score asked for is {self.minimum}.")
