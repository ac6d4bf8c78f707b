"""Statements sent together: answered in order, and when one fails, nothing that came with it happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.primitives.round_trip import Statement, run
from identity.spending.array_text import bytes_array, plain, text_array
from identity.spending.ledger_writes import LedgerDisagrees, Writes, write

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
ADD = Statement("test_add", "SELECT $1::integer + 1")
DIVIDE = Statement("test_divide", "SELECT 1 / $1::integer")
KEEP = Statement("test_keep", "INSERT INTO kept VALUES ($1)")
KEPT = Statement("test_kept", "SELECT word FROM kept")
TEXTS = Statement("test_texts", "SELECT coalesce(t, '(null)') FROM unnest($1::text[]) AS t", binary=frozenset({0}))
BYTES = Statement("test_bytes", "SELECT encode(b, 'hex') FROM unnest($1::bytea[]) AS b", binary=frozenset({0}))


@pytest.fixture
def server(transactional_db: None) -> psycopg.Connection[Any]:
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    raw.execute("CREATE TEMPORARY TABLE IF NOT EXISTS kept (word text)")
    raw.execute("TRUNCATE kept")
    return raw


def test_it_answers_each_in_order(server: psycopg.Connection[Any]) -> None:
    for _ in range(2):  # prepared by the first, known to the second
        assert run(server, (ADD, [b"1"]), (ADD, [b"2"]), (DIVIDE, [b"1"])) == [[(b"2",)], [(b"3",)], [(b"1",)]]


def test_a_commit_that_comes_with_a_failure_does_not_happen(server: psycopg.Connection[Any]) -> None:
    run(server, (KEEP, [b"before"]), begins=True, commits=True)
    with pytest.raises(psycopg.errors.DivisionByZero):
        run(server, (KEEP, [b"lost"]), (DIVIDE, [b"0"]), (KEEP, [b"after"]), begins=True, commits=True)
    assert server.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    server.rollback()
    assert run(server, (KEPT, [])) == [[(b"before",)]]


def test_it_opens_no_transaction_within_one(server: psycopg.Connection[Any]) -> None:
    run(server, (KEEP, [b"undone"]), begins=True)
    run(server, (KEEP, [b"undone too"]), begins=True)
    server.rollback()
    assert run(server, (KEPT, [])) == [[]]


def test_it_prepares_anew_what_a_pooler_has_dropped(server: psycopg.Connection[Any]) -> None:
    run(server, (ADD, [b"1"]))
    server.execute("DEALLOCATE ALL")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        run(server, (ADD, [b"1"]))
    assert run(server, (ADD, [b"1"])) == [[(b"2",)]]


def test_a_lost_connection_is_closed(server: psycopg.Connection[Any]) -> None:
    with psycopg.connect(server.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [server.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        run(server, (ADD, [b"1"]), begins=True, commits=True)
    assert server.closed
    connection.close()


def test_a_budget_that_is_not_there_undoes_everything(server: psycopg.Connection[Any]) -> None:
    writes = Writes()
    writes.post(authorization="aut_1", budget="nobody", kind="hold", held=1, counted_at=AT)
    with pytest.raises(LedgerDisagrees):
        write(server, writes)


# The first text of all makes the table of every character: seconds on a busy machine.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ([], "{}"),
        (["dlg_1", "agt_2"], "{dlg_1,agt_2}"),
        ([1, -2, True], "{1,-2,True}"),
        ([None, "x", None], "{NULL,x,NULL}"),
        ([None, 3], "{NULL,3}"),
        ((name for name in ("a", "b")), "{a,b}"),
        ((number for number in (1, 2)), "{1,2}"),
    ],
    ids=[
        "empty",
        "texts",
        "numbers",
        "texts and nulls",
        "numbers and nulls",
        "texts as they come",
        "numbers as they come",
    ],
)
def test_plain_values_are_written_as_an_array(values: Iterable[Any], sent: str) -> None:
    assert plain(values) == sent


def test_arrays_arrive_as_they_were_sent(server: psycopg.Connection[Any]) -> None:
    @unhurried
    @given(st.lists(st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))))
    def texts(values: list[str | None]) -> None:
        (rows,) = run(server, (TEXTS, [text_array(values)]))
        assert [row[0].decode() for row in rows] == ["(null)" if value is None else value for value in values]

    @unhurried
    @given(st.lists(st.binary()))
    def byte_strings(values: list[bytes]) -> None:
        (rows,) = run(server, (BYTES, [bytes_array(values)]))
        assert [bytes.fromhex(row[0].decode()) for row in rows] == values

    texts()
    byte_strings()
