"""What a half-filled form would mean: its limits in words, and purchases decided by the rule itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from identity.accounts.amounts import amount_in_digits
from identity.agents.models import Agent
from identity.delegation.constraints import MoneyConstraint, parse_constraints
from identity.delegation.lending_bounds import FREE, Bounds, beyond
from identity.delegation.link import Terms
from identity.primitives.errors import InvalidInput
from identity.spending.reference_rates import euros
from registry.web.delegation_examples import Example, ceiling_of, examples_of
from registry.web.forms.delegations import DelegationForm
from registry.web.lending_words import beyond_words
from registry.web.limit_words import plain_sentence, purpose_of


@dataclass(frozen=True, slots=True)
class Preview:
    """``sentence`` is empty while the answers make no limits yet. ``ceiling`` is what the register itself lets the
    agent spend in a day, where that is less than the limits say."""

    agent: str = ""
    sentence: str = ""
    purpose: str = ""
    ends_at: datetime | None = None
    examples: tuple[Example, ...] = ()
    ceiling: str = ""
    beyond: tuple[str, ...] = ()
    """What of it whoever looks may not lend."""


NOTHING_YET = Preview()


def preview_of(form: DelegationForm, *, agent: Agent | None = None, bounds: Bounds = FREE, at: datetime) -> Preview:
    """Of a bound form, valid or not: an agent that is not named yet is anybody. ``agent`` for a form without one;
    ``bounds`` are said beside the picture, for a form that was not held to them."""
    form.is_valid()
    claims, days = form.cleaned_data.get("constraints"), form.cleaned_data.get("days")
    agent = agent or form.cleaned_data.get("agent")
    if claims is None or days is None:
        return NOTHING_YET
    try:
        terms = Terms(constraints=parse_constraints(claims), valid_from=at, valid_until=form.ends_at(at))
    except InvalidInput:  # the step that asked says why
        return NOTHING_YET
    return Preview(
        agent=agent.display_name if agent else "",
        sentence=plain_sentence(terms.constraints),
        purpose=purpose_of(terms.constraints),
        ends_at=terms.valid_until,
        examples=tuple(examples_of(terms, agent=agent, at=at)),
        ceiling=_ceiling(terms, agent, at),
        beyond=tuple(beyond_words(each, bounds) for each in beyond(bounds, terms)),
    )


def _ceiling(terms: Terms, agent: Agent | None, at: datetime) -> str:
    if agent is None:
        return ""
    most = ceiling_of(agent, at=at)
    limits = [euros(limit.amount, limit.currency) for limit in terms.constraints if isinstance(limit, MoneyConstraint)]
    return amount_in_digits(most) if limits and most.amount < min(limits) else ""
