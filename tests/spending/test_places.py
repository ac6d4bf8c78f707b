"""A decision changes the rows that it locked, where it found them, and no others that lie there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from psycopg import Cursor

from identity.spending import group
from identity.spending.array_text import instant, instants_array, numbers_array, places_array
from identity.spending.ledger_writes import LedgerDisagrees
from identity.spending.models import Authorization, Budget

from .conftest import TOTAL_500, euros

YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)
LATE = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.django_db
def test_another_row_in_the_place_of_one_undoes_everything(shop, buyer, grant, monkeypatch):
    leaf = grant(buyer, TOTAL_500, euros("rolling", 40_000, window="P1D"))
    assert shop.spend(buyer, leaf).verdict == "approved"

    def look_astray(*question):
        sight = look(*question)
        sight.places = dict(zip(sight.places, reversed(sight.places.values()), strict=True))
        return sight

    look = group.look
    monkeypatch.setattr(group, "look", look_astray)
    before = set(Budget.objects.values_list("pk", "held", "uses"))
    with pytest.raises(LedgerDisagrees):
        shop.spend(buyer, leaf)
    assert set(Budget.objects.values_list("pk", "held", "uses")) == before
    assert Authorization.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("array", "kind", "sent", "read"),
    [
        (numbers_array, "bigint", [], []),
        (numbers_array, "bigint", [0, -1, None, 2**63 - 1, -(2**63)], [0, -1, None, 2**63 - 1, -(2**63)]),
        (places_array, "tid", [], []),
        (places_array, "tid", [b"(0,1)", b"(4294967294,3)"], ["(0,1)", "(4294967294,3)"]),
        (instants_array, "timestamptz", [], []),
        (instants_array, "timestamptz", [instant(LATE), None, instant(YEAR_ONE)], [LATE, None, YEAR_ONE]),
    ],
)
def test_the_server_reads_what_was_sent(array, kind, sent, read):
    connection.ensure_connection()
    pgconn = connection.connection.pgconn
    form = 0 if array is places_array else 1
    result = pgconn.exec_params(f"SELECT ($1::{kind}[])::text[]".encode(), [array(sent)], param_formats=[form])
    (found,) = Cursor(connection.connection).execute(f"SELECT %s::text[]::{kind}[]", [result.get_value(0, 0).decode()])
    assert list(found[0]) == read


def test_an_instant_is_the_same_in_every_zone():
    at = datetime(2026, 11, 22, 3, 4, 5, 678_901, tzinfo=UTC)
    assert instant(at.astimezone(ZoneInfo("Asia/Tokyo"))) == instant(at)
    assert instant(at + timedelta(microseconds=1)) == instant(at) + 1
