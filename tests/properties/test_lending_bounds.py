"""Whether terms are within what a role may lend: use case and database always say the same, and narrower limits, or
wider bounds, never turn a yes into a no."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.lending_bounds import WINDOWS, Bounds, Ceiling, beyond
from identity.delegation.link import Terms
from identity.delegation.models import LendingCeiling, LendingRule

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
CURRENCIES = ("EUR", "USD", "JPY")
AMOUNTS = st.integers(1, 12)
SPANS = ("PT1H", "P1D", "P7D", "P30D", "P31D", "P366D")


@st.composite
def limits(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to five limits of money, and some that are none."""
    kind = st.sampled_from(["total", "per_transaction", "per_period", "rolling", "count"])
    found = []
    for chosen in draw(st.lists(kind, max_size=5)):
        amount, currency = draw(st.integers(0, 12)), draw(st.sampled_from(CURRENCIES))
        if chosen == "count":
            found.append({"type": "count", "max": 3})
        elif chosen == "per_transaction":
            found.append({"type": chosen, "max": amount, "currency": currency})
        else:
            claim = {"type": chosen, "amount": amount, "currency": currency}
            if chosen == "per_period":
                claim |= {"period": draw(st.sampled_from(WINDOWS)), "alignment": "calendar", "timezone": "UTC"}
            elif chosen == "rolling":
                claim |= {"window": draw(st.sampled_from(SPANS))}
            found.append(claim)
    return found


@st.composite
def ceilings(draw: st.DrawFn) -> tuple[Ceiling, ...]:
    found = []
    for currency in draw(st.lists(st.sampled_from(CURRENCIES), unique=True, max_size=2)):
        said = draw(st.sets(st.sampled_from(["per_purchase", "per_window", "total"]), min_size=1))
        amounts: dict[str, Any] = {name: draw(AMOUNTS) for name in said}
        window = draw(st.sampled_from(WINDOWS)) if "per_window" in said else ""
        found.append(Ceiling(currency=currency, window=window, **amounts))
    return tuple(found)


BOUNDS = st.builds(Bounds, may_lend=st.just(True), days_max=st.none() | st.sampled_from([1, 30]), ceilings=ceilings())


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    constraints = parse_constraints(complete_draft(draw(limits())))
    days = draw(st.sampled_from([1, 30, 31]))
    return Terms(constraints=constraints, valid_from=AT, valid_until=AT + timedelta(days=days))


@given(BOUNDS, terms(), limits())
def test_more_limits_never_go_further_beyond(bounds: Bounds, asked: Terms, more: list[dict[str, Any]]) -> None:
    own = {limit.currency for limit in asked.constraints if hasattr(limit, "currency")}
    same = [claim for claim in more if claim.get("currency", "EUR") in own]  # another currency is another allowance
    extra = parse_constraints([{**claim, "id": f"M{place}"} for place, claim in enumerate(complete_draft(same))])
    narrower = replace(asked, constraints=(*asked.constraints, *extra))
    assert {each.excess for each in beyond(bounds, narrower)} <= {each.excess for each in beyond(bounds, asked)}


@given(BOUNDS, terms())
def test_wider_bounds_allow_whatever_narrower_ones_did(bounds: Bounds, asked: Terms) -> None:
    if beyond(bounds, asked):
        return
    for ceiling in bounds.ceilings:
        kept = tuple(each for each in bounds.ceilings if each != ceiling)
        higher = replace(ceiling, total=None if ceiling.total is None else ceiling.total + 1)
        assert not beyond(replace(bounds, ceilings=(*kept, higher)), asked)
    assert not beyond(replace(bounds, days_max=None), asked)


@pytest.mark.django_db
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(bounds=BOUNDS, asked=terms())
def test_the_trigger_says_what_the_rule_says(acme: Any, alice: Any, bounds: Bounds, asked: Terms) -> None:
    assert trigger_allows(acme, alice, bounds, asked) == (not beyond(bounds, asked))


def trigger_allows(acme: Any, alice: Any, bounds: Bounds, asked: Terms) -> bool:
    """Asks the trigger's own function of a row that is shaped like a delegation, in a table that lasts as long as the
    question: everything but the money of a real one would only be in the way."""
    LendingRule.objects.filter(organization=acme).delete()
    rule = LendingRule.objects.create(
        organization=acme, role="owner", may_lend=True, days_max=bounds.days_max, open_max=None
    )
    for each in bounds.ceilings:
        LendingCeiling.objects.create(rule=rule, **asdict(each))
    claims = json.dumps([limit.claim() for limit in asked.constraints])
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE asked (LIKE delegation_delegation) ON COMMIT DROP")
            cursor.execute(
                "DO $$ DECLARE name text; BEGIN FOR name IN SELECT attname FROM pg_attribute WHERE attrelid ="
                " 'asked'::regclass AND attnum > 0 AND attnotnull LOOP EXECUTE format('ALTER TABLE asked ALTER %I"
                " DROP NOT NULL', name); END LOOP; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER held BEFORE INSERT ON asked FOR EACH ROW EXECUTE FUNCTION"
                " delegation_keeps_lending_rule()"
            )
            cursor.execute(
                "INSERT INTO asked (id, depth, lent_by, principal_id, constraints, valid_from, valid_until, created_at)"
                " VALUES ('dlg_asked', 0, %s, %s, %s, %s, %s, %s)",
                [alice.pk, acme.pk, claims, asked.valid_from, asked.valid_until, AT],
            )
            cursor.execute("DROP TABLE asked")
    except IntegrityError:
        return False
    return True
