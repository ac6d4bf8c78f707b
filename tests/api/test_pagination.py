"""Pages by key: complete, in order, and not confused by what a client makes up."""

from __future__ import annotations

import pytest

from identity.accounts.models import Organization
from registry.api.pagination import decode_cursor, encode_cursor
from tests.api.test_problems import problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]


@pytest.fixture
def organizations(db):
    rows = [Organization(name=f"O {number}", kind="organization") for number in range(30)]
    Organization.objects.bulk_create(rows)
    return sorted(row.id for row in rows)


def read_all(caller, query=""):
    ids, cursor = [], ""
    while cursor is not None:
        page = caller.get(f"/v1/probes?{query}&cursor={cursor}" if cursor else f"/v1/probes?{query}").json()
        ids.extend(item["id"] for item in page["items"])
        cursor = page["next_cursor"]
    return ids


@pytest.mark.parametrize("query", ["", "limit=1", "limit=7", "limit=15", "limit=30", "limit=100"])
def test_it_gives_every_row_once_in_order(nobody, organizations, query):
    assert read_all(nobody, query) == organizations


def test_it_gives_twenty_five_by_default_and_no_cursor_on_the_last_page(nobody, organizations):
    first = nobody.get("/v1/probes").json()
    assert len(first["items"]) == 25
    last = nobody.get(f"/v1/probes?cursor={first['next_cursor']}").json()
    assert (len(last["items"]), last["next_cursor"]) == (5, None)


def test_it_shifts_nothing_when_a_row_goes_meanwhile(nobody, organizations):
    first = nobody.get("/v1/probes?limit=10").json()
    Organization.objects.filter(id__in=organizations[:10]).delete()
    second = nobody.get(f"/v1/probes?limit=10&cursor={first['next_cursor']}").json()
    assert [item["id"] for item in second["items"]] == organizations[10:20]


def test_it_gives_an_empty_page(nobody):
    assert nobody.get("/v1/probes").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "", "1.5", "１", "9" * 40])
def test_it_refuses_a_page_size_out_of_range(nobody, limit):
    document = problem(nobody.get(f"/v1/probes?limit={limit}"), 422, "invalid_input")
    assert document["errors"][0]["field"] == "limit"


@pytest.mark.parametrize("cursor", ["", "x", "org_1", "A" * 400, "%C3%A9", "AAAAAAAAAAAAAAAA", "a=", "==="])
def test_it_refuses_a_made_up_cursor(nobody, cursor):
    problem(nobody.get(f"/v1/probes?cursor={cursor}"), 400, "invalid_cursor")


def test_it_refuses_a_cursor_that_was_changed(nobody, organizations):
    cursor = nobody.get("/v1/probes?limit=1").json()["next_cursor"]
    for position in range(0, len(cursor), 5):
        other = "A" if cursor[position] != "A" else "B"
        changed = cursor[:position] + other + cursor[position + 1 :]
        problem(nobody.get(f"/v1/probes?cursor={changed}"), 400, "invalid_cursor")


@pytest.mark.parametrize("key", ["org_1", "org_12", "org_123"])
def test_it_refuses_a_second_spelling_of_a_cursor(nobody, key):
    cursor = encode_cursor(key)
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if last != cursor[-1]:
            problem(nobody.get(f"/v1/probes?cursor={cursor[:-1]}{last}"), 400, "invalid_cursor")


def test_it_refuses_a_cursor_of_another_instance(settings, nobody):
    cursor = encode_cursor("org_1")
    assert decode_cursor(cursor) == "org_1"
    settings.SECRET_KEY = "another"
    problem(nobody.get(f"/v1/probes?cursor={cursor}"), 400, "invalid_cursor")
