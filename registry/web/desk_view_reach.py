"""How far a measure reaches, as the desk shows it before somebody decides: by the queries that the effect runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from identity.accounts.amounts import amount_in_digits
from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.primitives.money import Money
from reputation.moderation.reach import Reach, reach_of


@dataclass(frozen=True, slots=True)
class ReachView:
    """``Reach`` with what its lists leave out."""

    found: Reach

    @property
    def amounts(self) -> list[str]:
        return [amount_in_digits(Money(held.amount, held.currency)) for held in self.found.held]

    @property
    def more_agents(self) -> int:
        return self.found.agents - len(self.found.first_agents)

    @property
    def more_sub_agents(self) -> int:
        return self.found.sub_agents - len(self.found.first_sub_agents)

    @property
    def more_principals(self) -> int:
        return self.found.principals - len(self.found.first_principals)

    @property
    def more_vendors(self) -> int:
        return self.found.vendors - len(self.found.first_vendors)


def reach_view(subject: Agent | Organization, *, at: datetime) -> ReachView:
    return ReachView(reach_of(subject, at=at))
