"""Each kind of constraint: read strictly, said plainly, judged as the table says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from identity.delegation.constraints import KINDS, complete_draft, parse_constraints, refusals
from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.facts import SpendFacts
from identity.primitives.errors import InvalidInput

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)  # Friday, 12:00 in Berlin

EXAMPLES: dict[str, dict[str, Any]] = {
    "total": {"amount": 50000, "currency": "EUR", "refundRestores": True},
    "per_transaction": {"max": 6000, "min": 100, "currency": "EUR"},
    "per_period": {
        "amount": 20000,
        "currency": "EUR",
        "period": "month",
        "alignment": "calendar",
        "timezone": "Europe/Berlin",
    },
    "rolling": {"amount": 20000, "currency": "EUR", "window": "P7D"},
    "count": {"max": 3},
    "velocity": {"max": 5, "window": "PT1H"},
    "spacing": {"minInterval": "PT10M"},
    "payees": {"allow": ["did:web:shop.example", "shop.example", "cluster:nordic"], "deny": ["bad.example"]},
    "categories": {"allow": ["5734", "5045-5046"], "deny": ["7995"]},
    "countries": {"allow": ["DE", "FR"]},
    "currencies": {"allow": ["EUR"]},
    "hours": {"timezone": "Europe/Berlin", "windows": [{"days": "1-5", "from": "07:00", "to": "20:00"}]},
    "actions": {"allow": ["/commerce/pay/once"]},
    "vendor_assurance": {"min": 2},
    "min_reputation": {"min": 500},
    "step_up": {"when": {"amountOver": 2500, "currency": "EUR", "firstUseOfPayee": True}},
    "purpose": {"text": "Office supplies", "tags": ["office"]},
}


def read(kind: str, **members: Any) -> Any:
    return parse_constraints(complete_draft([{"type": kind, **members}]))[0]


def facts(**changes: Any) -> SpendFacts:
    wanted: dict[str, Any] = {
        "amount": 4000,
        "max_amount": 4000,
        "currency": "EUR",
        "action": "/commerce/pay/once",
        "vendor_did": "did:web:shop.example",
        "vendor_domains": ("shop.example",),
        "vendor_assurance": 2,
        "mcc": "5734",
        "country": "DE",
        "agent_reputation": 600,
        "at": NOON,
    }
    if "amount" in changes:
        changes.setdefault("max_amount", changes["amount"])
    return SpendFacts(**(wanted | changes))


def code(constraint: Any, **changes: Any) -> str | None:
    refusal = constraint.refusal(facts(**changes), depth=3)
    assert refusal is None or (refusal.link_depth, refusal.constraint_id) == (3, "L1")
    return refusal.code if refusal else None


def test_it_has_an_example_of_every_kind() -> None:
    assert set(EXAMPLES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_round_and_has_words(kind: str) -> None:
    constraint = read(kind, **EXAMPLES[kind])
    assert parse_constraints([constraint.claim()]) == (constraint,)
    assert constraint.sentence()
    assert constraint.narrows(constraint)


@pytest.mark.parametrize("kind", KINDS)
def test_it_refuses_a_parameter_it_does_not_know(kind: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(kind, **EXAMPLES[kind], unless="rich")
    assert refused.value.code == "unknown_limit_type"


@pytest.mark.parametrize("kind", KINDS)
def test_it_refuses_a_missing_parameter(kind: str) -> None:
    optional = {"min", "deny", "tags", "refundRestores", "allow"}
    for name in EXAMPLES[kind]:
        if name in optional and kind != "actions":
            continue
        members = {key: value for key, value in EXAMPLES[kind].items() if key != name}
        with pytest.raises(InvalidInput):
            read(kind, **members)


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("total", {"amount": 1, "currency": "EUR", "refundRestores": "yes"}),
        ("per_transaction", {"max": 100, "min": 101, "currency": "EUR"}),
        ("per_period", EXAMPLES["per_period"] | {"timezone": "Mars/Olympus"}),
        ("per_period", EXAMPLES["per_period"] | {"timezone": "../../etc/localtime"}),
        ("per_period", EXAMPLES["per_period"] | {"timezone": "localtime"}),
        ("per_period", EXAMPLES["per_period"] | {"period": "fortnight"}),
        ("rolling", EXAMPLES["rolling"] | {"window": "P1M"}),
        ("rolling", EXAMPLES["rolling"] | {"window": "PT59S"}),
        ("rolling", EXAMPLES["rolling"] | {"window": "P367D"}),
        ("rolling", EXAMPLES["rolling"] | {"window": "P"}),
        ("rolling", EXAMPLES["rolling"] | {"window": "PT"}),
        ("rolling", EXAMPLES["rolling"] | {"window": "PT1.5H"}),
        ("rolling", EXAMPLES["rolling"] | {"window": 3600}),
        ("count", {"max": -1}),
        ("count", {"max": True}),
        ("count", {"max": 1.0}),
        ("payees", {}),
        ("payees", {"deny": []}),
        ("payees", {"allow": ["Shop.Example"]}),
        ("payees", {"allow": ["*.example"]}),
        ("payees", {"allow": ["shop.example", "shop.example"]}),
        ("payees", {"allow": [f"shop{n}.example" for n in range(101)]}),
        ("categories", {"allow": ["57"]}),
        ("categories", {"allow": ["5046-5045"]}),
        ("countries", {"allow": ["de"]}),
        ("currencies", {"deny": ["USD"]}),
        ("hours", {"timezone": "Europe/Berlin", "windows": [{"days": "5-1", "from": "07:00", "to": "20:00"}]}),
        ("hours", {"timezone": "Europe/Berlin", "windows": [{"days": "1-5", "from": "20:00", "to": "07:00"}]}),
        ("hours", {"timezone": "Europe/Berlin", "windows": [{"days": "1", "from": "7:00", "to": "20:00"}]}),
        ("actions", {"allow": ["/"]}),
        ("actions", {"allow": ["/commerce/"]}),
        ("actions", {"allow": ["/commerce/../admin"]}),
        ("actions", {"allow": ["/Commerce"]}),
        ("vendor_assurance", {"min": 4}),
        ("step_up", {"when": {}}),
        ("step_up", {"when": {"always": False}}),
        ("step_up", {"when": {"always": True}, "approvers": "anybody"}),
        ("step_up", {"when": {"always": True, "mood": "bad"}}),
        ("purpose", {"text": ""}),
        ("purpose", {"text": "x" * 281}),
        ("purpose", {"text": "pay\u202eyap"}),
    ],
)
def test_it_refuses_values_that_make_no_sense(kind: str, members: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(kind, **members)
    assert refused.value.code in {"constraint_invalid", "unknown_limit_type"}


@pytest.mark.parametrize("claims", [None, {}, [1], [{}], [{"id": "L1"}], [{"type": "count", "max": 1}] * 17])
def test_it_takes_lists_of_constraints_only(claims: Any) -> None:
    with pytest.raises(InvalidInput):
        parse_constraints(claims)


def test_it_has_one_constraint_an_id() -> None:
    claim = {"id": "L1", "type": "count", "max": 1}
    with pytest.raises(InvalidInput):
        parse_constraints([claim, claim])


def test_it_limits_one_purchase() -> None:
    limit = read("per_transaction", max=6000, min=100, currency="EUR")
    assert [code(limit, amount=amount) for amount in (99, 100, 6000, 6001)] == [
        "per_transaction_exceeded",
        None,
        None,
        "per_transaction_exceeded",
    ]
    assert code(limit, amount=6000, max_amount=6001) == "per_transaction_exceeded"
    assert code(limit, amount=9000, currency="USD") is None  # the link's currency rule speaks for that


def test_it_refuses_a_currency_that_no_limit_of_the_link_knows() -> None:
    euros = [read("total", amount=100, currency="EUR")]
    both = [*euros, read("total", amount=100, currency="USD")]
    assert [refusal.code for refusal in refusals(euros, facts(currency="USD"))] == ["currency_not_allowed"]
    assert refusals(both, facts(currency="USD")) == refusals(euros, facts()) == ()
    assert refusals([read("count", max=1)], facts(currency="USD")) == ()


def test_it_knows_vendors_by_did_domain_and_cluster() -> None:
    limit = read("payees", **EXAMPLES["payees"])
    assert code(limit) is None
    assert code(limit, vendor_did="did:web:x.example", vendor_domains=("shop.example",)) is None
    assert code(limit, vendor_did="did:web:x.example", vendor_domains=(), vendor_cluster="nordic") is None
    assert code(limit, vendor_did="did:web:x.example", vendor_domains=("my.shop.example",)) == "payee_not_allowed"
    assert code(limit, vendor_domains=("shop.example", "bad.example")) == "payee_denied"
    assert code(read("payees", allow=[])) == "payee_not_allowed"
    assert code(read("payees", deny=["bad.example"])) is None


def test_it_knows_categories_by_range() -> None:
    limit = read("categories", **EXAMPLES["categories"])
    wanted = {"5734": None, "5045": None, "5046": None, "5047": "category_not_allowed", "7995": "category_denied"}
    assert {mcc: code(limit, mcc=mcc) for mcc in wanted} == wanted
    assert code(limit, mcc=None) == "category_unknown"
    assert code(read("categories", allow=[])) == "category_not_allowed"
    assert code(read("categories", deny=["7000-7999"]), mcc=None) == "category_unknown"


def test_it_takes_the_verified_country_only() -> None:
    limit = read("countries", allow=["DE", "FR"], deny=["FR"])
    assert [code(limit, country=country) for country in ("DE", "FR", "US", None)] == [
        None,
        "country_not_allowed",
        "country_not_allowed",
        "country_not_allowed",
    ]
    assert code(read("countries", deny=["US"]), country=None) == "country_not_allowed"


def test_it_covers_actions_by_whole_segments() -> None:
    limit = read("actions", allow=["/commerce/pay"])
    wanted = {
        "/commerce/pay": None,
        "/commerce/pay/once": None,
        "/commerce/payroll": "action_not_allowed",
        "/commerce": "action_not_allowed",
        "/": "action_not_allowed",
    }
    assert {action: code(limit, action=action) for action in wanted} == wanted
    assert code(read("actions", allow=[])) == "action_not_allowed"


def test_it_knows_the_hours_in_the_named_zone() -> None:
    limit = read("hours", **EXAMPLES["hours"])
    wanted = {
        datetime(2026, 11, 20, 6, tzinfo=UTC): None,  # Friday 07:00
        datetime(2026, 11, 20, 5, 59, tzinfo=UTC): "outside_hours",
        datetime(2026, 11, 20, 18, 59, 59, tzinfo=UTC): None,
        datetime(2026, 11, 20, 19, tzinfo=UTC): "outside_hours",  # 20:00
        datetime(2026, 11, 21, 11, tzinfo=UTC): "outside_hours",  # Saturday
        datetime(2026, 6, 19, 5, tzinfo=UTC): None,  # in summer 07:00 comes an hour earlier
    }
    assert {at: code(limit, at=at) for at in wanted} == wanted
    assert code(read("hours", timezone="Europe/Berlin", windows=[])) == "outside_hours"
    midnight = read("hours", timezone="UTC", windows=[{"days": "5", "from": "22:00", "to": "24:00"}])
    assert code(midnight, at=datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)) is None


def test_it_asks_who_the_parties_are() -> None:
    assert code(read("vendor_assurance", min=2), vendor_assurance=1) == "vendor_assurance_too_low"
    assert code(read("vendor_assurance", min=2)) is None
    assert code(read("min_reputation", min=601)) == "reputation_too_low"
    assert code(read("min_reputation", min=600)) is None
    assert code(read("min_reputation", min=1), agent_reputation=None) == "reputation_too_low"


@pytest.mark.parametrize(
    ("when", "changes", "asks"),
    [
        ({"always": True}, {}, True),
        ({"amountOver": 2500, "currency": "EUR"}, {"amount": 2500}, False),
        ({"amountOver": 2500, "currency": "EUR"}, {"amount": 2501}, True),
        ({"amountOver": 2500, "currency": "EUR"}, {"amount": 1, "currency": "USD"}, True),
        ({"firstUseOfPayee": True}, {"is_first_use_of_payee": True}, True),
        ({"firstUseOfPayee": True}, {}, False),
        ({"action": ["/commerce/pay"]}, {}, True),
        ({"action": ["/commerce/refund"]}, {}, False),
        ({"category": ["5734"]}, {}, True),
        ({"category": ["5735"]}, {}, False),
        ({"category": ["5735"]}, {"mcc": None}, True),
    ],
)
def test_it_asks_the_human_when_any_condition_holds(when: Any, changes: dict[str, Any], asks: bool) -> None:
    assert code(read("step_up", when=when), **changes) == ("approval_required" if asks else None)


def test_it_leaves_counting_to_the_ledger() -> None:
    counted = {"total", "per_period", "rolling", "count", "velocity", "spacing"}
    assert {kind for kind in KINDS if KINDS[kind].is_counted} == counted
    for kind in counted | {"purpose"}:
        assert code(read(kind, **EXAMPLES[kind]), amount=10**14) is None


@pytest.mark.parametrize(
    ("kind", "parent", "child", "narrows"),
    [
        ("total", {"amount": 100, "currency": "EUR"}, {"amount": 101, "currency": "EUR"}, False),
        ("total", {"amount": 100, "currency": "EUR"}, {"amount": 101, "currency": "USD"}, True),
        ("per_transaction", {"max": 9, "min": 3, "currency": "EUR"}, {"max": 9, "min": 2, "currency": "EUR"}, False),
        ("rolling", {"amount": 9, "currency": "EUR", "window": "PT1H"}, EXAMPLES["rolling"], True),
        ("velocity", {"max": 5, "window": "PT1H"}, {"max": 6, "window": "PT60M"}, False),
        ("spacing", {"minInterval": "PT10M"}, {"minInterval": "PT9M"}, False),
        ("payees", {"allow": ["a.example"]}, {"deny": ["b.example"]}, False),
        ("payees", {"deny": ["b.example"]}, {"allow": ["a.example"]}, True),
        ("payees", {"deny": ["b.example"]}, {"allow": ["b.example"]}, False),
        ("categories", {"allow": ["5000-5999"]}, {"allow": ["5045-5046", "5734"]}, True),
        ("categories", {"allow": ["5000-5999"]}, {"allow": ["5999-6000"]}, False),
        ("countries", {"allow": ["DE", "FR"]}, {"allow": []}, True),
        ("actions", {"allow": ["/commerce"]}, {"allow": ["/commerce/pay"]}, True),
        ("actions", {"allow": ["/commerce/pay"]}, {"allow": ["/commerce"]}, False),
        ("vendor_assurance", {"min": 2}, {"min": 1}, False),
        (
            "hours",
            EXAMPLES["hours"],
            {"timezone": "Europe/Berlin", "windows": [{"days": "5", "from": "19:00", "to": "20:01"}]},
            False,
        ),
    ],
)
def test_it_knows_what_is_narrower(kind: str, parent: Any, child: Any, narrows: bool) -> None:
    assert read(kind, **child).narrows(read(kind, **parent)) is narrows


def test_it_uses_codes_of_the_table_only() -> None:
    public = {code.public for code in DECLINE_CODES.values()}
    assert public == {
        "agent_not_verified",
        "agent_not_eligible",
        "delegation_invalid",
        "not_permitted",
        "invalid_amount",
        "limit_exceeded",
        "vendor_not_eligible",
        "approval_required",
        "approval_not_granted",
    }
    never = {"total_exceeded", "payee_denied", "category_denied", "country_not_allowed", "currency_not_allowed"}
    assert not any(DECLINE_CODES[code].is_liftable for code in never)
