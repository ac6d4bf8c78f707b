"""Authority only narrows: whatever is added to a chain, nothing that was refused is ever allowed (invariants 8 to 10).

Judged by every constraint that needs no counting; what is counted is proven with the ledger.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.delegation.constraints import KINDS, Constraint, complete_draft, parse_constraints, refusals
from identity.delegation.facts import SpendFacts
from identity.primitives.canonical import canonicalize, parse_json
from identity.primitives.errors import InvalidInput

START = datetime(2026, 3, 28, tzinfo=UTC)
VENDORS = ["did:web:a.example", "did:web:b.example", "did:web:c.example"]
DOMAINS = ["a.example", "b.example", "c.example"]
COUNTRIES = ["DE", "FR", "NL"]
CURRENCIES = ["EUR", "JPY", "KWD"]
CATEGORIES = ["5000", "5045-5046", "5734", "7995", "5000-5999"]
ACTIONS = ["/commerce", "/commerce/pay", "/commerce/pay/once", "/commerce/payroll"]


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True)


def lists(kind: str, values: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), "allow": some(values)}, optional={"deny": some(values)})


amounts = st.integers(0, 10_000)
currencies = st.sampled_from(CURRENCIES)
windows = st.fixed_dictionaries(
    {
        "days": st.sampled_from(["1-5", "6,7", "1", "1-7"]),
        "from": st.sampled_from(["00:00", "07:00"]),
        "to": st.sampled_from(["12:00", "20:00", "24:00"]),
    }
)
constraints = st.one_of(
    st.fixed_dictionaries({"type": st.just("total"), "amount": amounts, "currency": currencies}),
    st.fixed_dictionaries({"type": st.just("per_transaction"), "max": amounts, "currency": currencies}),
    lists("payees", VENDORS + DOMAINS),
    lists("categories", CATEGORIES),
    lists("countries", COUNTRIES),
    st.fixed_dictionaries({"type": st.just("currencies"), "allow": some(CURRENCIES)}),
    st.fixed_dictionaries({"type": st.just("actions"), "allow": some(ACTIONS)}),
    st.fixed_dictionaries(
        {
            "type": st.just("hours"),
            "timezone": st.sampled_from(["Europe/Berlin", "America/New_York"]),
            "windows": st.lists(windows, max_size=2),
        }
    ),
    st.fixed_dictionaries({"type": st.just("vendor_assurance"), "min": st.integers(0, 3)}),
    st.fixed_dictionaries({"type": st.just("count"), "max": st.integers(0, 3)}),
)
links = st.lists(constraints, max_size=5).map(lambda claims: parse_constraints(complete_draft(claims)))
chains = st.lists(links, min_size=1, max_size=8)


@st.composite
def requests(draw: st.DrawFn) -> SpendFacts:
    amount, vendor = draw(st.integers(1, 10_000)), draw(st.integers(0, 2))
    return SpendFacts(
        amount=amount,
        max_amount=amount + draw(st.integers(0, 100)),
        currency=draw(currencies),
        action=draw(st.sampled_from(ACTIONS)),
        vendor_did=VENDORS[vendor],
        vendor_domains=draw(st.sampled_from([(), (DOMAINS[vendor],)])),
        mcc=draw(st.sampled_from([None, "5000", "5045", "5734", "7995"])),
        country=draw(st.sampled_from([None, *COUNTRIES])),
        vendor_assurance=draw(st.integers(0, 3)),
        at=START + timedelta(minutes=draw(st.integers(0, 14 * 24 * 60))),
    )


def allows(chain: list[tuple[Constraint, ...]], facts: SpendFacts) -> bool:
    return not any(refusals(link, facts, depth=depth) for depth, link in enumerate(chain))


@given(chain=chains, link=links, place=st.integers(0, 8), facts=requests())
def test_it_never_allows_more_when_a_link_is_added(
    chain: list[Any], link: tuple[Constraint, ...], place: int, facts: SpendFacts
) -> None:
    longer = [*chain[:place], link, *chain[place:]]
    assert allows(chain, facts) or not allows(longer, facts)


@given(chain=chains, more=links, place=st.integers(0, 7), facts=requests())
def test_it_never_allows_more_when_a_constraint_is_added(
    chain: list[Any], more: tuple[Constraint, ...], place: int, facts: SpendFacts
) -> None:
    place %= len(chain)
    stricter = [*chain[:place], (*chain[place], *more), *chain[place + 1 :]]
    if _adds_a_currency(chain[place], more):
        return  # a limit in a further currency says what may be spent in it: the one thing that is not stricter
    assert allows(chain, facts) or not allows(stricter, facts)


@given(chain=chains, facts=requests())
def test_it_gives_a_child_nothing_that_its_parent_has_not(chain: list[Any], facts: SpendFacts) -> None:
    if allows(chain, facts):
        assert all(allows(chain[:length], facts) for length in range(1, len(chain) + 1))


@given(parent=links, child=links, facts=requests())
def test_it_calls_narrower_only_what_is(parent: Any, child: Any, facts: SpendFacts) -> None:
    """Two limits of one kind, in one currency: what the narrower allows, the wider allows."""
    for limit in child:
        for above in parent:
            same = limit.kind == above.kind and getattr(limit, "currency", "") == getattr(above, "currency", "")
            comparable = same and getattr(limit, "timezone", "") == getattr(above, "timezone", "")
            if comparable and limit.narrows(above) and limit.refusal(facts) is None:
                assert above.refusal(facts) is None


@given(link=links, name=st.sampled_from(["unless", "Max", "allow ", "type_", "exponents"]), value=st.integers())
def test_it_never_passes_over_a_word_it_does_not_know(link: Any, name: str, value: int) -> None:
    for limit in link:
        with pytest.raises(InvalidInput) as refused:
            parse_constraints([limit.claim() | {name: value}])
        assert refused.value.code == "unknown_limit_type"


@given(kind=st.text(max_size=20).filter(lambda kind: kind not in KINDS))
def test_it_never_passes_over_a_kind_it_does_not_know(kind: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_constraints([{"id": "L1", "type": kind}])
    assert refused.value.code == "unknown_limit_type"


@given(facts=requests(), kind=st.sampled_from(["payees", "categories", "countries", "currencies", "actions"]))
def test_it_allows_nothing_by_an_empty_list(facts: SpendFacts, kind: str) -> None:
    assert not allows([parse_constraints([{"id": "L1", "type": kind, "allow": []}])], facts)


@given(link=links)
def test_it_reads_what_it_writes(link: tuple[Constraint, ...]) -> None:
    claims = parse_json(canonicalize([limit.claim() for limit in link]))
    assert parse_constraints(claims) == link


def _adds_a_currency(link: tuple[Constraint, ...], more: tuple[Constraint, ...]) -> bool:
    before = {limit.currency for limit in link if hasattr(limit, "currency")}
    return bool(before) and not {limit.currency for limit in more if hasattr(limit, "currency")} <= before
