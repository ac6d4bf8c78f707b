"""What the registry itself lets an agent spend, as the desk shows it: the ceiling of the day and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from identity.accounts.amounts import amount_in_digits
from identity.agents.models import Agent
from identity.primitives.money import Money
from identity.spending.models import AgentTerms, Budget
from identity.spending.reference_rates import CEILING_CURRENCY
from identity.spending.terms import terms_of
from identity.spending.underwriting import Terms, ceiling_budget


@dataclass(frozen=True, slots=True)
class TermsView:
    row: AgentTerms
    terms: Terms
    used_minor: int
    at: datetime

    @property
    def earned(self) -> str:
        """By assurance and band."""
        return _words(self.terms.earned())

    @property
    def ceiling(self) -> str:
        """For actions that an insurance covers."""
        return _words(self.terms.ceiling(None, self.at))

    @property
    def used(self) -> str:
        return _words(self.used_minor)

    @property
    def insured(self) -> str:
        is_current = self.row.insured_until is not None and self.at < self.row.insured_until
        return _words(self.row.insured_up_to) if is_current else ""

    @property
    def bond(self) -> str:
        is_current = self.row.bond_until is not None and self.at < self.row.bond_until
        return _words(self.row.bond) if is_current else ""


def terms_view(agent: Agent, *, at: datetime) -> TermsView:
    row, terms = terms_of(agent)
    today = Budget.objects.filter(pk=ceiling_budget(agent.pk, at)).first()
    return TermsView(row, terms, today.held + today.captured if today else 0, at)


def _words(amount: int) -> str:
    return amount_in_digits(Money(amount, CEILING_CURRENCY))
