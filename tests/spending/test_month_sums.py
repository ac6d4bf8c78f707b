"""Months that are summed up ahead change no statement: whatever happens to purchases afterwards, every sum is the
ledger's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.spending import month_sums
from identity.spending.models import Authorization, StatementChange, StatementMonth, StatementSum
from identity.spending.month_sums import sum_up, sum_up_changed_months, sum_up_finished_months
from identity.spending.reconcile import Finding, reconcile
from identity.spending.statement import Breakdown, Selection, Show, Sum
from identity.spending.statement_months import middle_of, stretches
from identity.spending.statement_sums import break_down
from registry.web.statement_period import Period

MONTHS = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "America/St_Johns")]
BUYER, OTHER = "org_buyer", "org_other"


@dataclass(frozen=True)
class Bought:
    """A purchase, as the tests make it."""

    at: datetime
    agent: str = "agt_a"
    vendor: str = "agt_v"
    currency: str = "EUR"
    action: str = "commerce.purchase"
    open: int = 1_000
    captured: int = 0
    refunded: int = 0
    over: int = 0
    principal: str = BUYER

    def written(self, id: str) -> Authorization:
        is_open = self.open > 0
        return Authorization(
            id=id,
            decision=f"dec_{id}",
            root="dlg_1",
            path=["dlg_1"],
            agent=self.agent,
            vendor=self.vendor,
            principal=self.principal,
            currency=self.currency,
            action=self.action,
            amount=max(1, self.open + self.captured),
            max_amount=max(1, self.open + self.captured),
            order_hash=f"hash-{id}",
            open=self.open,
            captured=self.captured,
            refunded=self.refunded,
            over=self.over,
            state="open" if is_open else "closed",
            close_reason="" if is_open else "voided",
            budgets=[],
            receipt_digest="",
            created_at=self.at,
            expires_at=self.at + timedelta(days=7),
            closed_at=None if is_open else self.at,
        )

    def of(self, selection: Selection) -> bool:
        """Whether it is on the statement, by the words of the statement alone."""
        return (
            self.principal == selection.principal
            and selection.begins_at <= self.at < selection.ends_at
            and selection.agent in ("", self.agent)
            and (selection.vendors is None or self.vendor in selection.vendors)
            and selection.currency in ("", self.currency)
            and {
                None: True,
                Show.HELD: self.open > 0,
                Show.CHARGED: self.captured > 0 or self.over > 0,
                Show.REFUNDED: self.refunded > 0,
                Show.RELEASED: self.open == self.captured == self.over == 0,
            }[selection.show]
            and (
                not selection.text
                or bool({self.agent, self.vendor} & set(selection.parties))
                or selection.text.lower() in self.action.lower()
            )
        )


def plainly(bought: list[Bought], selection: Selection, period: Period) -> Breakdown:
    """The same sums, one purchase after the other."""
    found, steps = Breakdown({}, {}, {}, {}), period.steps()
    for each in bought:
        if not each.of(selection):
            continue
        one = Sum(each.currency, 1, each.open, each.captured, each.refunded, each.over)
        day = each.at.astimezone(period.zone).date()
        step = max(first for first in steps if first <= day)
        keyed: list[tuple[dict[Any, Sum], Any]] = [
            (found.totals, each.currency),
            (found.agents.setdefault(each.currency, {}), each.agent),
            (found.vendors.setdefault(each.currency, {}), each.vendor),
            (found.days.setdefault(each.currency, {}), step),
        ]
        for sums, key in keyed:
            sums[key] = sums.get(key, Sum(each.currency)).plus(one)
    return found


BEGINNING = datetime(2023, 12, 30, tzinfo=UTC)
moments = st.integers(0, 95 * 24 * 3_600).map(lambda seconds: BEGINNING + timedelta(seconds=seconds)) | st.sampled_from(
    [
        datetime(2024, 2, 1, 12, tzinfo=UTC) + timedelta(microseconds=-1),
        datetime(2024, 2, 1, 12, tzinfo=UTC),
        datetime(2024, 2, 29, 10, tzinfo=UTC) + timedelta(microseconds=-1),
        datetime(2024, 2, 29, 10, tzinfo=UTC),
        datetime(2024, 1, 31, 23, tzinfo=UTC),
    ]
)
amounts = st.sampled_from([0, 0, 1, 999, 10**15 - 1])


@st.composite
def purchases(draw: st.DrawFn) -> Bought:
    captured = draw(amounts)
    return Bought(
        at=draw(moments),
        agent=draw(st.sampled_from(["agt_a", "agt_b"])),
        vendor=draw(st.sampled_from(["agt_v", "agt_w"])),
        currency=draw(st.sampled_from(["EUR", "JPY"])),
        action=draw(st.sampled_from(["commerce.purchase", "travel.Booking"])),
        open=draw(amounts),
        captured=captured,
        refunded=draw(st.sampled_from([0, captured])),
        over=draw(amounts),
        principal=draw(st.sampled_from([BUYER, BUYER, BUYER, OTHER])),
    )


selections = st.fixed_dictionaries(
    {},
    optional={
        "agent": st.sampled_from(["agt_a", "agt_nobody"]),
        "vendors": st.sampled_from([(), ("agt_v",), ("agt_v", "agt_w")]),
        "currency": st.sampled_from(["EUR", "XTS"]),
        "show": st.sampled_from(list(Show)),
    },
)
texts = st.sampled_from([{}, {"text": "BOOK"}, {"text": "w", "parties": ("agt_w",)}, {"text": "a_%", "parties": ()}])
steps_taken = st.lists(
    st.tuples(st.just("sum up"), st.sampled_from(MONTHS))
    | st.tuples(st.just("buy late"), purchases())
    | st.tuples(st.just("change"), st.integers(0, 30), purchases())
    | st.tuples(st.just("delete"), st.integers(0, 30))
    | st.tuples(st.just("sum up what changed"), st.none()),
    max_size=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(purchases(), max_size=12),
    steps=steps_taken,
    asked=selections,
    text=texts,
    first=st.dates(date(2023, 12, 28), date(2024, 3, 10)),
    days=st.integers(0, 110),
    zone=st.sampled_from(ZONES),
)
def test_every_sum_is_the_ledgers_whatever_happened(
    db: None,
    before: list[Bought],
    steps: list[tuple[Any, ...]],
    asked: dict[str, Any],
    text: dict[str, Any],
    first: date,
    days: int,
    zone: ZoneInfo,
) -> None:
    period = Period(first, first + timedelta(days=days), zone)
    selection = Selection(BUYER, period.begins_at, period.ends_at, **asked, **text)
    numbers = count()
    with transaction.atomic():
        standing = {f"aut_{next(numbers):03}": each for each in before}
        Authorization.objects.bulk_create([each.written(id) for id, each in standing.items()])
        for step in steps:
            _take(step, standing, numbers)
            found = break_down(selection, steps=period.steps(), zone=zone)
            assert found == plainly(list(standing.values()), selection, period), step
        transaction.set_rollback(True)


def _take(step: tuple[Any, ...], standing: dict[str, Bought], numbers: Iterator[int]) -> None:
    match step:
        case ("sum up", month):
            sum_up(BUYER, month)
        case ("buy late", bought):
            id = f"aut_{next(numbers):03}"
            standing[id] = bought
            bought.written(id).save(force_insert=True)
        case ("change", place, new) if standing:
            id = sorted(standing)[place % len(standing)]
            if standing[id].open:  # what has ended stays as it is
                old = standing[id]
                kept = {name: getattr(old, name) for name in ("agent", "vendor", "currency", "action", "principal")}
                standing[id] = replace(new, **kept)
                standing[id].written(id).save(force_update=True)
        case ("delete", place) if standing:
            id = sorted(standing)[place % len(standing)]
            del standing[id]
            Authorization.objects.filter(pk=id).delete()
        case ("sum up what changed", _):
            sum_up_changed_months()


NOON = datetime(2024, 2, 10, 12, tzinfo=UTC)
FEBRUARY = MONTHS[1]
SPRING = Period(date(2024, 1, 1), date(2024, 4, 30), ZoneInfo("Europe/Berlin"))
WHOLE = Selection(BUYER, SPRING.begins_at, SPRING.ends_at)


def spring() -> Sum | None:
    return break_down(WHOLE, steps=SPRING.steps(), zone=SPRING.zone).totals.get("EUR")


def test_a_summed_month_is_read_without_its_purchases(db: None) -> None:
    """Were they read too, no page would be faster for it."""
    Bought(NOON).written("aut_1").save(force_insert=True)
    sum_up(BUYER, FEBRUARY)
    StatementSum.objects.update(count=7)
    assert spring() == Sum("EUR", 7, 1_000)


def test_only_large_months_that_are_over_are_summed_up_once(
    db: None, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(month_sums, "SUMMED_FROM_PURCHASES", 2)
    over = (at.replace(day=1) - timedelta(days=70)).replace(day=15)
    for number, when in enumerate([over, over, over - timedelta(days=31), at, at]):
        Bought(when).written(f"aut_{number}").save(force_insert=True)
    Bought(over, principal=OTHER).written("aut_other").save(force_insert=True)
    assert sum_up_finished_months() == 1
    assert sum_up_finished_months() == 0
    assert list(StatementMonth.objects.values_list("principal", "month")) == [(BUYER, over.date().replace(day=1))]


def test_a_purchase_of_this_month_notes_no_change(db: None, at: datetime) -> None:
    """The ledger's busiest write is as light as before."""
    bought = Bought(at)
    bought.written("aut_1").save(force_insert=True)
    replace(bought, open=10, captured=990).written("aut_1").save(force_update=True)
    assert not StatementChange.objects.exists()


def test_changes_are_forgotten_when_no_sum_needs_them_or_the_month_is_summed_up_again(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(month_sums, "CHANGES_KEPT_MAX", 1)
    march = NOON + timedelta(days=31)
    Bought(NOON).written("aut_1").save(force_insert=True)
    Bought(march).written("aut_2").save(force_insert=True)
    sum_up(BUYER, FEBRUARY)
    replace(Bought(NOON), open=0, captured=1_000).written("aut_1").save(force_update=True)
    assert StatementChange.objects.filter(month=FEBRUARY).count() == 2
    assert sum_up_changed_months() == 1
    assert not StatementChange.objects.exists()
    assert spring() == Sum("EUR", 2, 1_000, 1_000)


@pytest.fixture
def elsewhere(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """Another transaction, open at the same time."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn) as other:
        yield other


_CHARGE = (
    "UPDATE spending_authorization SET open = 0, captured = 1000, state = 'closed', close_reason = 'captured', "
    "closed_at = now() WHERE id = 'aut_1'"
)


def test_a_month_that_does_not_add_up_is_found_out(transactional_db: None) -> None:
    bought = Bought(NOON)
    bought.written("aut_1").save(force_insert=True)
    sum_up(BUYER, FEBRUARY)
    replace(bought, open=0, captured=1_000).written("aut_1").save(force_update=True)
    finding = Finding(BUYER, "a month summed up for statements and its purchases differ")
    assert finding not in reconcile()
    StatementChange.objects.filter(count=-1).delete()
    assert finding in reconcile()


def test_what_commits_after_the_month_was_summed_up_is_not_lost(elsewhere: psycopg.Connection[Any]) -> None:
    Bought(NOON).written("aut_1").save(force_insert=True)
    elsewhere.execute(_CHARGE)
    sum_up(BUYER, FEBRUARY)
    assert spring() == Sum("EUR", 1, 1_000)
    elsewhere.commit()
    assert spring() == Sum("EUR", 1, 0, 1_000)
    sum_up(BUYER, FEBRUARY)
    assert spring() == Sum("EUR", 1, 0, 1_000)


def test_no_change_is_forgotten_while_its_month_is_being_summed_up(transactional_db: None) -> None:
    """Whoever forgets what no sum needs waits for the one at work, and sees then what it has summed up."""
    Bought(NOON).written("aut_1").save(force_insert=True)
    is_summed, may_end = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                sum_up(BUYER, FEBRUARY)
                is_summed.set()
                may_end.wait(20)
        finally:
            connection.close()

    def forget() -> None:
        try:
            sum_up_changed_months()
        finally:
            connection.close()

    workers = [threading.Thread(target=slowly), threading.Thread(target=forget)]
    workers[0].start()
    assert is_summed.wait(20)
    with connection.cursor() as cursor:
        cursor.execute(_CHARGE)
    workers[1].start()
    workers[1].join(0.3)
    may_end.set()
    for worker in workers:
        worker.join(20)
    assert spring() == Sum("EUR", 1, 0, 1_000)


def test_the_ledger_notes_changes_of_exactly_what_is_summed_up(db: None) -> None:
    """The trigger and whoever sums up must agree to the microsecond on what the middle of a month is."""
    instant = timedelta(microseconds=1)
    for month in (date(year, number, 1) for year in (2024, 2025) for number in range(1, 13)):
        begins, ends = middle_of(month)
        for at, expected in ((begins - instant, None), (begins, month), (ends - instant, month), (ends, None)):
            with connection.cursor() as cursor:
                cursor.execute("SELECT spending_statement_month(%s)", [at])
                assert cursor.fetchone() == (expected,)


@pytest.mark.parametrize("name", ["Etc/GMT+12", "Pacific/Kiritimati", "Europe/Berlin", "America/St_Johns"])
def test_the_middle_of_a_month_is_within_it_in_every_zone(name: str) -> None:
    """Else a person in that zone would have a month in two columns of a chart, and it would be read line by line."""
    year = Period(date(2024, 1, 1), date(2024, 12, 31), ZoneInfo(name))
    parts = stretches(year.begins_at, year.ends_at, steps=year.steps(), zone=year.zone)
    assert [part.month for part in parts if part.month] == year.steps()
    assert all(one.ends_at == other.begins_at for one, other in pairwise(parts))
    assert (parts[0].begins_at, parts[-1].ends_at) == (year.begins_at, year.ends_at)
