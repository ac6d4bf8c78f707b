"""The decision is monotone: more limits or a longer chain never turn a no into a yes. Pure, no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from identity.delegation.constraints import complete_draft, parse_constraints
from identity.spending.chain import Chain, Link, compile_chain
from identity.spending.decision import ApprovalSeen, BudgetSeen, Seen, SpendRequest, VendorSeen, book, decide
from identity.spending.underwriting import Terms, ceiling_budget

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
MONEY = {"currency": "EUR", "exponent": 2}
VENDOR = VendorSeen("did:web:shop.example", "active", "5734", "DE", ("shop.example",), 2, "")
WELL_KNOWN = Terms(assurance_level=3, band="strong", score=900)

AMOUNTS = st.integers(1, 6_000)
LIMITS = st.one_of(
    AMOUNTS.map(lambda amount: {"type": "total", "amount": amount, **MONEY}),
    AMOUNTS.map(lambda amount: {"type": "per_transaction", "max": amount, **MONEY}),
    st.tuples(AMOUNTS, st.sampled_from(["day", "month"]), st.sampled_from(["calendar", "consent"])).map(
        lambda t: {"type": "per_period", "amount": t[0], **MONEY, "period": t[1], "alignment": t[2], "timezone": "UTC"}
    ),
    AMOUNTS.map(lambda amount: {"type": "rolling", "amount": amount, **MONEY, "window": "PT1H"}),
    st.integers(0, 3).map(lambda most: {"type": "count", "max": most}),
    st.integers(0, 3).map(lambda most: {"type": "velocity", "max": most, "window": "PT1H"}),
    st.sampled_from(["PT1M", "P1D"]).map(lambda length: {"type": "spacing", "minInterval": length}),
    st.sampled_from([["DE"], ["FR"], []]).map(lambda allow: {"type": "countries", "allow": allow}),
    st.sampled_from([["5734"], ["7995"], []]).map(lambda allow: {"type": "categories", "allow": allow}),
    st.sampled_from([["EUR"], ["USD"], []]).map(lambda allow: {"type": "currencies", "allow": allow}),
    st.sampled_from([["/commerce/pay"], ["/commerce/payroll"]]).map(lambda allow: {"type": "actions", "allow": allow}),
    st.integers(0, 3).map(lambda level: {"type": "vendor_assurance", "min": level}),
    AMOUNTS.map(lambda over: {"type": "step_up", "when": {"amountOver": over, **MONEY}}),
)
CHAINS = st.lists(st.lists(LIMITS, max_size=4), min_size=1, max_size=4)
USED = st.integers(0, 4_000)


def chain_of(limits: list[list[dict]]) -> Chain:
    links = [
        Link(
            id=f"dlg_{depth}",
            depth=depth,
            digest="",
            agent=f"agt_{depth}",
            issuer_agent=f"agt_{depth - 1}" if depth else None,
            holder_thumbprint="key",
            valid_from=AT - timedelta(days=40),
            valid_until=AT + timedelta(days=40),
            is_reserved=False,
            audience=(),
            constraints=parse_constraints(complete_draft(one)),
        )
        for depth, one in enumerate(limits)
    ]
    dids = [f"did:web:{link.agent}" for link in links]
    return compile_chain(links, principal="org_p", operators=["org_o"], agent_dids=dids)


def request_of(amount: int, **changes) -> SpendRequest:
    values = {
        "vendor": "agt_shop",
        "action": "/commerce/pay/once",
        "amount": amount,
        "hold": amount,
        "charge": amount,
        "currency": "EUR",
        "order_hash": "sha-256:x",
        "nonce": "n",
        "binding_digest": "b",
        "key_thumbprint": "key",
        "at": AT,
        "counted_at": AT,
        "expires_at": AT + timedelta(days=7),
        **changes,
    }
    return SpendRequest(**values)


def seen_of(chain: Chain, **changes) -> Seen:
    links, agents = dict.fromkeys(chain.path, "active"), dict.fromkeys(chain.agents, "active")
    values = {
        "frozen": frozenset(),
        "vendor": VENDOR,
        "valid_keys": frozenset({"key"}),
        "terms": WELL_KNOWN,
        **changes,
    }
    return Seen(links=links, agents=agents, **values)


def budgets_of(chain: Chain, used: int) -> dict[str, BudgetSeen]:
    last = AT - timedelta(minutes=5) if used else None
    return {
        counted.budget_id(AT): BudgetSeen(
            held=used, uses=used // 1_000, last_used_at=last, recent_amount=used, recent_uses=used // 1_000
        )
        for counted in chain.counted
    } | {ceiling_budget(chain.leaf.agent, AT): BudgetSeen(held=used)}


def verdict(limits, amount, used, **changes) -> str:
    chain = chain_of(limits)
    return decide(request_of(amount, **changes), chain, seen_of(chain), budgets_of(chain, used)).verdict


RANK = {"declined": 0, "step_up_required": 1, "approved": 2}


@given(limits=CHAINS, more=LIMITS, place=st.integers(0, 3), amount=AMOUNTS, used=USED)
def test_another_limit_never_turns_a_no_into_a_yes(limits, more, place, amount, used):
    place %= len(limits)
    narrower = [[*one, more] if depth == place else one for depth, one in enumerate(limits)]
    if verdict(limits, amount, used) != "approved":
        assert verdict(narrower, amount, used) != "approved"


@given(limits=CHAINS, more=st.lists(LIMITS, max_size=4), amount=AMOUNTS, used=USED)
def test_a_longer_chain_never_turns_a_no_into_a_yes(limits, more, amount, used):
    if verdict([*limits, more], amount, used) == "approved":
        assert verdict(limits, amount, used) == "approved"


@given(limits=CHAINS, amount=AMOUNTS, used=USED)
def test_what_is_approved_fits_every_budget(limits, amount, used):
    chain = chain_of(limits)
    budgets = budgets_of(chain, used)
    outcome = decide(request_of(amount), chain, seen_of(chain), budgets)
    if outcome.verdict == "approved":
        book(outcome, budgets, AT)
        for counted in chain.counted:
            budget = budgets[counted.budget_id(AT)]
            assert counted.cap is None or budget.held + budget.captured <= counted.cap
            assert counted.uses_max is None or budget.uses <= counted.uses_max


@given(limits=CHAINS, amount=AMOUNTS, used=USED)
def test_it_leaves_the_budgets_as_they_are(limits, amount, used):
    chain = chain_of(limits)
    budgets, before = budgets_of(chain, used), budgets_of(chain, used)
    decide(request_of(amount), chain, seen_of(chain), budgets)
    assert budgets == before


@given(limits=CHAINS, amount=AMOUNTS, used=USED)
def test_another_currency_never_passes_a_money_limit(limits, amount, used):
    chain = chain_of(limits)
    has_money = any(counted.currency for counted in chain.counted) or any(
        rule.kind == "per_transaction" for link in chain.links for rule in link.constraints
    )
    decided = decide(request_of(amount, currency="JPY"), chain, seen_of(chain), budgets_of(chain, used))
    assert not (has_money and decided.verdict == "approved")


@given(
    limits=CHAINS,
    amount=AMOUNTS,
    used=USED,
    lifts=st.sets(st.sampled_from([f"{d}:L{n}" for d in range(4) for n in range(1, 5)])),
)
def test_an_elevation_never_lifts_a_total_nor_books_it_apart(limits, amount, used, lifts):
    chain = chain_of(limits)
    approval = ApprovalSeen(
        "apr", "approved", "b", amount, frozenset(lifts), AT + timedelta(minutes=5), elevation="elv"
    )
    budgets = budgets_of(chain, used)
    request = request_of(amount, approval="apr")
    outcome = decide(request, chain, seen_of(chain, approval=approval), budgets)
    totals = [charge for charge in outcome.charges if charge.counted.rule.kind == "total"]
    assert not any(charge.is_elevated for charge in totals)
    if outcome.verdict == "approved":
        assert all(charge.before + charge.amount <= charge.cap for charge in totals)


@given(limits=CHAINS, amount=AMOUNTS, used=USED, code=st.sampled_from(["link", "agent", "frozen", "vendor", "key"]))
def test_nothing_passes_a_bad_standing(limits, amount, used, code):
    chain = chain_of(limits)
    good = seen_of(chain)
    bad = {
        "link": replace(good, links={**good.links, chain.path[0]: "suspended"}),
        "agent": replace(good, agents={**good.agents, chain.agents[-1]: "deactivated"}),
        "frozen": replace(good, frozen=frozenset({"org_p"})),
        "vendor": replace(good, vendor=None),
        "key": replace(good, valid_keys=frozenset()),
    }[code]
    assert decide(request_of(amount), chain, bad, budgets_of(chain, used)).verdict == "declined"
