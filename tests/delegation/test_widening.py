"""Which new limits promise more than the old ones: those begin only after a cooling period."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.link import Terms
from identity.delegation.widening import widenings

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOTAL = {"type": "total", "amount": 50_000, "currency": "EUR"}
ONE = {"type": "per_transaction", "max": 6_000, "currency": "EUR"}
MONTH = {
    "type": "per_period",
    "amount": 20_000,
    "currency": "EUR",
    "period": "month",
    "alignment": "calendar",
    "timezone": "UTC",
}
SHOPS = {"type": "payees", "allow": ["a.example", "b.example"]}
ASK = {"type": "step_up", "when": {"amountOver": 2_500, "currency": "EUR", "firstUseOfPayee": True}}
PURPOSE = {"type": "purpose", "text": "Groceries"}
OLD = (TOTAL, ONE, MONTH, SHOPS, ASK, PURPOSE)


def terms(*claims: dict[str, Any]) -> Terms:
    limits = parse_constraints(complete_draft(list(claims)))
    return Terms(constraints=limits, valid_from=AT, valid_until=AT + timedelta(days=30))


def changed(claim: dict[str, Any], **members: Any) -> tuple[dict[str, Any], ...]:
    return tuple({**each, **members} if each is claim else each for each in OLD)


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        tuple(reversed(OLD)),
        changed(TOTAL, amount=49_999),
        changed(SHOPS, allow=["a.example"]),
        changed(ASK, when={"always": True}),
        changed(ASK, when={"amountOver": 1_000, "currency": "EUR", "firstUseOfPayee": True}),
        OLD[:-1],
        (*OLD, {"type": "countries", "allow": ["DE"]}),
    ],
)
def test_it_lets_narrower_limits_begin_at_once(new: tuple[dict[str, Any], ...]) -> None:
    assert widenings(terms(*OLD), terms(*new)) == ()


@pytest.mark.parametrize(
    ("new", "wider"),
    [
        (changed(TOTAL, amount=50_001), ("L1",)),
        (changed(TOTAL, currency="USD"), ("L1", "currency")),
        ((*OLD, {"type": "total", "amount": 1, "currency": "USD"}), ("currency",)),
        (changed(ONE, max=6_001), ("L2",)),
        (changed(MONTH, period="week"), ("L3",)),
        (changed(MONTH, timezone="Europe/Berlin"), ("L3",)),
        (changed(SHOPS, allow=["a.example", "c.example"]), ("L4",)),
        (changed(ASK, when={"amountOver": 2_501, "currency": "EUR", "firstUseOfPayee": True}), ("L5",)),
        (changed(ASK, when={"firstUseOfPayee": True}), ("L5",)),
        (changed(ASK, when={"amountOver": 2_500, "currency": "EUR"}), ("L5",)),
        (changed(ASK, approvers="issuer"), ("L5",)),
        (OLD[1:], ("L1",)),
        ((), ("L1", "L2", "L3", "L4", "L5")),
    ],
)
def test_it_finds_each_way_to_promise_more(new: tuple[dict[str, Any], ...], wider: tuple[str, ...]) -> None:
    assert widenings(terms(*OLD), terms(*new)) == wider


def test_longer_deeper_and_for_more_vendors_is_wider() -> None:
    old = terms(*OLD)
    later = replace(old, valid_until=old.valid_until + timedelta(seconds=1))
    named = replace(old, audience=("did:web:a.example",))
    assert widenings(old, later) == ("validity",)
    assert widenings(old, replace(old, max_further_depth=1)) == ("depth",)
    assert widenings(named, old) == ("audience",)
