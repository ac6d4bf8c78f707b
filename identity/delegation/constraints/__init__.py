"""The constraints of a delegation: one frozen class a kind, read from and written to signed claims.

Semantics: the union of all constraints of all links of a chain, all must hold. A kind or a parameter that is not known
is refused, never passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from identity.delegation.constraints.amounts import MoneyConstraint, PerPeriod, PerTransaction, Rolling, Total
from identity.delegation.constraints.asking import Purpose, StepUp
from identity.delegation.constraints.base import Constraint, Members, invalid, unknown
from identity.delegation.constraints.categories import Categories
from identity.delegation.constraints.hours import Hours
from identity.delegation.constraints.lists import Actions, Countries, Currencies, Payees
from identity.delegation.constraints.pace import Count, Spacing, Velocity
from identity.delegation.constraints.parties import MinReputation, VendorAssurance
from identity.delegation.facts import Refusal, SpendFacts
from identity.primitives.money import EXPONENTS

__all__ = [
    "KINDS",
    "Actions",
    "Categories",
    "Constraint",
    "Count",
    "Countries",
    "Currencies",
    "Hours",
    "MinReputation",
    "MoneyConstraint",
    "Payees",
    "PerPeriod",
    "PerTransaction",
    "Purpose",
    "Rolling",
    "Spacing",
    "StepUp",
    "Total",
    "Velocity",
    "VendorAssurance",
    "complete_draft",
    "parse_constraints",
    "refusals",
]

CONSTRAINTS_MAX = 16

KINDS: dict[str, type[Constraint]] = {
    constraint.kind: constraint
    for constraint in (
        Total,
        PerTransaction,
        PerPeriod,
        Rolling,
        Count,
        Velocity,
        Spacing,
        Payees,
        Categories,
        Countries,
        Currencies,
        Hours,
        Actions,
        VendorAssurance,
        MinReputation,
        StepUp,
        Purpose,
    )
}


def parse_constraints(claims: Any) -> tuple[Constraint, ...]:
    """The constraints a signed claim spells, in its order.

    InvalidInput ``unknown_limit_type`` for a kind or parameter that is not known, ``constraint_invalid`` for values,
    and the codes of ``identity.primitives.money``.
    """
    if not isinstance(claims, list) or len(claims) > CONSTRAINTS_MAX:
        raise invalid(f"Constraints are a list of at most {CONSTRAINTS_MAX}.")
    constraints = tuple(map(_parse_one, claims))
    if len({constraint.id for constraint in constraints}) != len(constraints):
        raise invalid("Two constraints have the same id.")
    return constraints


def complete_draft(claims: Any) -> Any:
    """``claims`` with what a person need not write: ids ``L1``, ``L2`` … by place, and each currency's exponent.

    Whatever else is wrong with it is left for ``parse_constraints`` to say.
    """
    if not isinstance(claims, list):
        return claims
    return [
        {"id": f"L{place}", **_with_exponent(claim)} if isinstance(claim, dict) else claim
        for place, claim in enumerate(claims, 1)
    ]


def refusals(constraints: Sequence[Constraint], facts: SpendFacts, *, depth: int = 0) -> tuple[Refusal, ...]:
    """Why the constraints of one link forbid the spend, as far as that can be said without counting.

    A link that limits money in some currency, but not in the one asked for, refuses it: stops a spend in a currency
    that nobody thought of from passing beside every limit.
    """
    found = [constraint.refusal(facts, depth=depth) for constraint in constraints]
    money = [constraint for constraint in constraints if isinstance(constraint, MoneyConstraint)]
    if money and all(constraint.currency != facts.currency for constraint in money):
        detail = f"The limits of this link are in another currency than {facts.currency}."
        found.append(Refusal("currency_not_allowed", depth, money[0].id, detail))
    return tuple(refusal for refusal in found if refusal is not None)


def _parse_one(claim: Any) -> Constraint:
    if not isinstance(claim, dict) or not isinstance(claim.get("type"), str):
        raise invalid("A constraint is an object with a type.")
    kind = KINDS.get(claim["type"])
    if kind is None:
        raise unknown(f"The constraint type {claim['type'][:40]!r} is not known.")
    members = Members({name: value for name, value in claim.items() if name != "type"})
    constraint = kind.read(members)
    members.end()
    return constraint


def _with_exponent(claim: dict[str, Any]) -> dict[str, Any]:
    claim = dict(claim)
    if isinstance(claim.get("when"), dict):
        claim["when"] = _with_exponent(claim["when"])
    currency = claim.get("currency")
    if isinstance(currency, str) and currency in EXPONENTS:
        claim.setdefault("exponent", EXPONENTS[currency])
    return claim
