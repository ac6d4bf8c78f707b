"""The statement of a person's spending: sums, filters, reasons and files, equal to the ledger to the cent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q
from django.db.models import Sum as SumOf
from django.test import Client

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind
from identity.spending.models import Authorization, Posting
from identity.spending.settle import capture, force_post, refund, void
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.spending_scene import Scene
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def settled(morning: Scene, nordlicht: Agent, at: datetime) -> list[Authorization]:
    """Acme's three purchases: 20.00 charged in part and partly given back, 19.99 released, 25.00 still held."""
    by_vendor: dict[str, Any] = {"actor": Actor(ActorKind.AGENT, nordlicht.pk), "at": at}
    partly, released, held = Authorization.objects.order_by("pk")
    party = {"authorization_id": partly.pk, "vendor": nordlicht.pk}
    capture(**party, amount=1_501, currency="EUR", is_final=True, **by_vendor)
    refund(**party, amount=700, **by_vendor)
    void(authorization_id=released.pk, **by_vendor)
    return list(Authorization.objects.filter(pk__in=[partly.pk, released.pk, held.pk]).order_by("pk"))


@pytest.fixture
def place(acme: Organization) -> str:
    return f"/console/{acme.pk}/statement/"


@pytest.fixture
def browser(signed_in: SignIn, alice: User) -> Client:
    return signed_in(alice)


@pytest.fixture
def this_month(at: datetime) -> str:
    return f"?first={at:%Y-%m-01}&last={(at + timedelta(days=1)):%Y-%m-%d}"


def csv_rows(browser: Client, address: str) -> list[dict[str, str]]:
    response = browser.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.getvalue().decode())))


def test_it_shows_sums_charts_and_lines(
    browser: Client, place: str, this_month: str, settled: list[Authorization]
) -> None:
    page = browser.get(place + this_month)
    assert page.status_code == 200
    shown = page.context["shown"]
    assert [(one.currency, one.count, one.captured, one.refunded, one.held) for one in shown.totals] == [
        ("EUR", 3, 1_501, 700, 2_500)
    ]
    for words in ("8.01 EUR", "By vendor", "Nordlicht Hardware", "software and online services", "Partly given back"):
        assert words in page.text
    assert all(f"/purchases/{each.pk}/" in page.text for each in settled)
    assert '<svg class="chart"' in page.text
    assert not inline_code(page.text)


def test_its_tables_and_days_add_up_to_the_whole(
    browser: Client, place: str, this_month: str, settled: list[Authorization]
) -> None:
    shown = browser.get(place + this_month).context["shown"]
    for sums in (*([row.sum for row in table.rows] for table in shown.tables), [day.sum for day in shown.days]):
        assert (sum(one.spent for one in sums), sum(one.held for one in sums)) == (801, 2_500)


def test_its_files_are_equal_to_the_ledger_to_the_cent(
    browser: Client, place: str, this_month: str, morning: Scene, settled: list[Authorization]
) -> None:
    rows = csv_rows(browser, f"{place}statement.csv{this_month}")
    answer = json.loads(browser.get(f"{place}statement.json{this_month}").getvalue())
    budget = next(each for each in settled[0].budgets if each in settled[0].budgets_restored)
    mine = Posting.objects.filter(Q(budget=budget) | Q(budgets__contains=[budget]))
    posted = mine.aggregate(held=SumOf("held"), captured=SumOf("captured"))

    assert sum(Decimal(row["spent"]) for row in rows) * 100 == posted["captured"] == answer["totals"][0]["spent"]
    assert sum(Decimal(row["held"]) for row in rows) * 100 == posted["held"] == answer["totals"][0]["held"]
    assert [row["authorization"] for row in rows] == [line["authorization"] for line in answer["lines"]]
    assert {row["charged"] for row in rows} == {"15.01", "0.00"}


def test_a_charge_without_authority_is_counted_and_told(
    browser: Client, place: str, this_month: str, settled: list[Authorization], nordlicht: Agent, at: datetime
) -> None:
    held = settled[2]
    beyond = {"vendor": nordlicht.pk, "amount": 450, "evidence": "Charged by the rail.", "at": at}
    force_post(authorization_id=held.pk, actor=Actor(ActorKind.AGENT, nordlicht.pk), **beyond)
    page = browser.get(place + this_month).text
    assert "12.51 EUR" in page, "8.01 and 4.50"
    assert "4.50 EUR of it was charged beyond what was allowed" in page
    line = next(
        row for row in csv_rows(browser, f"{place}statement.csv{this_month}") if row["authorization"] == held.pk
    )
    assert (line["charged_beyond"], line["spent"]) == ("4.50", "4.50")


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("&show=held", 1),
        ("&show=refunded", 1),
        ("&show=released", 1),
        ("&show=charged", 1),
        ("&q=nordlicht", 3),
        ("&q=buyer", 3),
        ("&q=commerce", 3),
        ("&q=nobody", 0),
        ("&kind=software", 3),
        ("&kind=groceries", 0),
        ("&currency=JPY", 0),
        ("&agent=agt_unknown", 0),
        ("&vendor=%25", 0),
    ],
)
def test_it_leaves_out_what_was_not_asked_for_on_the_page_and_in_the_file(
    browser: Client, place: str, this_month: str, settled: list[Authorization], asked: str, count: int
) -> None:
    page = browser.get(f"{place}{this_month}{asked}")
    assert page.status_code == 200
    assert sum(one.count for one in page.context["shown"].totals) == count == len(page.context["lines"])
    assert len(csv_rows(browser, f"{place}statement.csv{this_month}{asked}")) == count


@pytest.mark.parametrize(
    "asked",
    [
        "?first=2026-02-30&last=2026-03-01",
        "?first=2026-03-02&last=2026-03-01",
        "?first=0001-01-01&last=9999-12-31",
        "?first=2020-01-01&last=2099-01-01",
        "?show=everything",
        "?q=" + "x" * 200,
    ],
)
def test_what_makes_no_sense_is_said_at_its_field_and_gives_no_file(browser: Client, place: str, asked: str) -> None:
    page = browser.get(place + asked)
    assert page.status_code == 422
    assert page.context["form"].errors
    assert browser.get(f"{place}statement.csv{asked}").status_code == 404


def test_a_period_without_a_purchase_teaches(browser: Client, place: str, morning: Scene) -> None:
    page = browser.get(f"{place}?first=2020-01-01&last=2020-12-31")
    assert "Nothing was bought in this period" in page.text
    assert csv_rows(browser, f"{place}statement.csv?first=2020-01-01&last=2020-12-31") == []


def test_it_turns_pages_without_losing_or_repeating_a_line(
    browser: Client, place: str, this_month: str, settled: list[Authorization], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.web.pages.statement.LINES_PER_PAGE", 2)
    first = browser.get(place + this_month)
    second = browser.get(first.context["next_url"])
    seen = [line.purchase.pk for page in (first, second) for line in page.context["lines"]]
    assert sorted(seen) == [each.pk for each in settled]
    assert second.context["next_url"] == ""


def test_it_turns_pages_through_months_in_which_little_was_found(
    browser: Client, place: str, settled: list[Authorization], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks for lines only where the sums say that some are, and must not pass by any of them."""
    monkeypatch.setattr("registry.web.pages.statement.LINES_PER_PAGE", 1)
    days = [datetime(2025, 2, 3, tzinfo=UTC), datetime(2025, 9, 30, 23, tzinfo=UTC), datetime(2025, 9, 30, tzinfo=UTC)]
    for each, day in zip(settled, days, strict=True):
        Authorization.objects.filter(pk=each.pk).update(created_at=day)
    page = browser.get(f"{place}?first=2025-01-15&last=2025-12-31&q=buyer")
    seen = [line.purchase.pk for line in page.context["lines"]]
    while page.context["next_url"]:
        page = browser.get(page.context["next_url"])
        seen += [line.purchase.pk for line in page.context["lines"]]
    assert seen == [settled[1].pk, settled[2].pk, settled[0].pk]


def test_a_purchase_is_found_by_its_id_and_by_the_digest_of_its_order(
    browser: Client, place: str, this_month: str, settled: list[Authorization]
) -> None:
    one = settled[0]
    same_order = {each.pk for each in settled if each.order_hash == one.order_hash}
    for text, found in ((one.pk, {one.pk}), (one.order_hash, same_order), (f"aut_{'0' * 26}", set())):
        page = browser.get(f"{place}{this_month}&q={text}")
        assert {line.purchase.pk for line in page.context["lines"]} == found
        assert sum(total.count for total in page.context["shown"].totals) == len(found)


def test_what_was_asked_for_stays_chosen(
    browser: Client, place: str, this_month: str, settled: list[Authorization]
) -> None:
    vendor = settled[0].vendor
    page = browser.get(f"{place}{this_month}&vendor={vendor}&agent=%22%3Cb%3E").text
    assert f'<option value="{vendor}" selected>Nordlicht Hardware</option>' in page
    assert '<option value="&quot;&lt;b&gt;" selected>&quot;&lt;b&gt;</option>' in page
    assert '<option value="" selected>All categories</option>' in page


def test_each_line_says_why_it_was_allowed(browser: Client, place: str, settled: list[Authorization]) -> None:
    second = settled[1]
    page = browser.get(f"{place}purchases/{second.pk}/")
    assert page.status_code == 200
    for words in (
        "Buyer asked for 19.99 EUR at Nordlicht Hardware, signed with its own key.",
        "Planner → Buyer",
        "It stayed within every limit",
        "At most 500.00 EUR in total",
        "460.01 EUR",
        "The hold of 19.99 EUR was released.",
        f"/report?authorization={second.pk}",
    ):
        assert words in page.text, words
    assert not inline_code(page.text)


def test_a_report_from_the_line_has_the_purchase_filled_in(
    browser: Client, place: str, settled: list[Authorization]
) -> None:
    page = browser.get(f"{place}purchases/{settled[0].pk}/")
    form = browser.get(page.context["reports"][0][1])
    assert form.status_code == 200
    assert f'value="{settled[0].pk}"' in form.text


def test_a_month_is_there_to_print(browser: Client, place: str, at: datetime, settled: list[Authorization]) -> None:
    page = browser.get(f"{place}months/{at:%Y-%m}/")
    assert page.status_code == 200
    assert "8.01 EUR" in page.text
    assert f"/purchases/{settled[0].pk}/" in page.text
    for nonsense in ("2026-13", "2026-1", "latest", "9999-12", "２０２６-11"):
        assert browser.get(f"{place}months/{nonsense}/").status_code == 404


def test_nobody_elses_purchase_is_on_it_or_behind_it(
    signed_in: SignIn, charlie: User, settled: list[Authorization], at: datetime, this_month: str
) -> None:
    """Charlie's shop took part in the purchases; they are Acme's to read all the same."""
    from identity.accounts.organizations import personal_organization

    own = personal_organization(charlie, at)
    browser, place = signed_in(charlie), f"/console/{own.pk}/statement/"
    assert browser.get(place + this_month).context["shown"].totals == []
    assert browser.get(f"{place}purchases/{settled[0].pk}/").status_code == 404
    assert browser.get(f"{place}{this_month}&before={settled[0].pk}").status_code == 200
    assert csv_rows(browser, f"{place}statement.csv{this_month}") == []


def test_a_name_that_a_spreadsheet_would_run_is_only_text(
    browser: Client, place: str, this_month: str, settled: list[Authorization], nordlicht: Agent
) -> None:
    Agent.objects.filter(pk=nordlicht.pk).update(display_name='=HYPERLINK("http://evil.example")')
    rows = csv_rows(browser, f"{place}statement.csv{this_month}")
    assert {row["vendor"] for row in rows} == {'\'=HYPERLINK("http://evil.example")'}


def test_a_purchase_counts_on_its_day_in_the_zone_that_was_asked_for(
    browser: Client, place: str, settled: list[Authorization]
) -> None:
    last_minute = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    Authorization.objects.filter(pk=settled[0].pk).update(created_at=last_minute)
    january = csv_rows(browser, f"{place}statement.csv?first=2026-01-01&last=2026-01-31")
    february = csv_rows(browser, f"{place}statement.csv?first=2026-02-01&last=2026-02-28")
    assert [row["authorization"] for row in january] == [settled[0].pk]
    assert february == []


def test_it_needs_few_queries(
    browser: Client, place: str, this_month: str, settled: list[Authorization], django_assert_max_num_queries: Any
) -> None:
    browser.get(place)
    for address in (f"{place}{this_month}&q=buyer", f"{place}purchases/{settled[0].pk}/"):
        with django_assert_max_num_queries(12):
            assert browser.get(address).status_code == 200
