"""What the constraints of a chain say of a spend before anything is counted. Pure.

A shop that sells all day asks the same again and again: whether this category, this country, this vendor is allowed.
Such a verdict follows from the constraints and from what the vendor is, so each chain keeps it; only the amount and the
hour are judged anew.
"""

from __future__ import annotations

from identity.delegation.constraints import refusals
from identity.delegation.facts import Refusal, SpendFacts
from identity.spending.chain import Chain

VERDICTS_KEPT_MAX = 64  # for each chain: an agent buys at few vendors

_MOMENTARY_CODES = frozenset({"per_transaction_exceeded", "outside_hours"})


def stateless_refusals(chain: Chain, facts: SpendFacts) -> list[Refusal]:
    """Every reason that needs no counting, in no order that matters."""
    lasting = chain.verdicts.get(key := _what_lasts(facts))
    if lasting is None:
        found = [refusal for depth, rules in chain.stateless for refusal in refusals(rules, facts, depth=depth)]
        lasting = tuple(refusal for refusal in found if refusal.code not in _MOMENTARY_CODES)
        if len(chain.verdicts) >= VERDICTS_KEPT_MAX:
            chain.verdicts.clear()
        chain.verdicts[key] = lasting
    momentary = [rule.refusal(facts, depth=depth) for depth, rule in chain.momentary]
    return [*lasting, *[refusal for refusal in momentary if refusal is not None]]


def _what_lasts(facts: SpendFacts) -> tuple[object, ...]:
    """Everything that a constraint may ask about but the amounts and the instant."""
    return (
        facts.currency,
        facts.action,
        facts.vendor_did,
        facts.vendor_domains,
        facts.vendor_cluster,
        facts.mcc,
        facts.country,
        facts.vendor_assurance,
        facts.agent_reputation,
        facts.is_first_use_of_payee,
    )
