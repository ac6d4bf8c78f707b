"""What a chain keeps of its verdicts never changes one: each spend is judged as if it were the first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from identity.delegation.constraints import parse_constraints, refusals
from identity.delegation.facts import SpendFacts
from identity.spending.chain import Chain, Link, compile_chain
from identity.spending.stateless import VERDICTS_KEPT_MAX, stateless_refusals

MONDAY = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
WORKDAYS = {"days": "1-5", "from": "07:00", "to": "20:00"}
RULES = [
    {"id": "L1", "type": "per_transaction", "max": 5_000, "currency": "EUR", "exponent": 2},
    {"id": "L2", "type": "categories", "allow": ["5000-6000"], "deny": ["5999"]},
    {"id": "L3", "type": "countries", "allow": ["DE", "FR"]},
    {"id": "L4", "type": "hours", "timezone": "Europe/Berlin", "windows": [WORKDAYS]},
    {"id": "L5", "type": "vendor_assurance", "min": 1},
]


def chain() -> Chain:
    link = Link(
        id="dlg_00000000000000000000000000",
        depth=0,
        digest="",
        agent="agt_00000000000000000000000000",
        issuer_agent=None,
        holder_thumbprint="",
        valid_from=MONDAY,
        valid_until=MONDAY + timedelta(days=30),
        is_reserved=False,
        audience=(),
        constraints=parse_constraints(RULES),
    )
    return compile_chain([link], principal="org_00000000000000000000000000", operators=[])


def spends() -> list[SpendFacts]:
    """Each combination of what a constraint asks about; the amounts and hours change fastest."""
    return [
        SpendFacts(
            amount=amount,
            max_amount=amount,
            currency=currency,
            action="/commerce/pay/once",
            vendor_did=f"did:web:{country.lower()}.example",
            mcc=mcc,
            country=country,
            vendor_assurance=assurance,
            at=at,
        )
        for currency, country, mcc, assurance, at, amount in product(
            ("EUR", "USD"),
            ("DE", "US"),
            ("5734", "5999"),
            (0, 2),
            (MONDAY, MONDAY + timedelta(hours=12), MONDAY + timedelta(days=5)),
            (100, 9_000),
        )
    ]


def test_it_judges_the_hundredth_spend_as_the_first() -> None:
    kept, asked = chain(), spends()
    for facts in (*asked, *reversed(asked)):
        afresh = [one for depth, rules in kept.stateless for one in refusals(rules, facts, depth=depth)]
        assert sorted(map(repr, stateless_refusals(kept, facts))) == sorted(map(repr, afresh))


def test_it_keeps_no_more_verdicts_than_it_says() -> None:
    kept, facts = chain(), spends()[0]
    for number in range(3 * VERDICTS_KEPT_MAX):
        stateless_refusals(kept, replace(facts, vendor_did=f"did:web:shop-{number}.example"))
        assert len(kept.verdicts) <= VERDICTS_KEPT_MAX
