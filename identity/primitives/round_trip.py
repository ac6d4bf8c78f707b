"""Prepared statements, sent to PostgreSQL together and answered in one round trip.

What a busy path costs besides its rules is mostly waiting: for the server to wake up, to parse, to plan. So the ledger
opens a transaction, fences it and reads in one trip (libpq's pipeline mode), and writes and commits in another. Each
statement still has a snapshot of its own, taken when the one before it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import pq
from psycopg.connection import Connection
from psycopg.errors import error_from_result
from psycopg.waiting import Ready, Wait

Parameters = Sequence[bytes | None]
Row = tuple[Any, ...]  # of each column its text as bytes, or None


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """``name`` is its name on every connection, ``sql`` has ``$1`` for its first parameter. ``binary`` are the places,
    from 0, of parameters that are sent in PostgreSQL's binary form; all others and all results are text."""

    name: str
    sql: str
    binary: frozenset[int] = frozenset()

    def formats(self, count: int) -> list[pq.Format] | None:
        if not self.binary:
            return None
        return [pq.Format.BINARY if place in self.binary else pq.Format.TEXT for place in range(count)]


_prepared: WeakKeyDictionary[Connection[Any], set[str]] = WeakKeyDictionary()


def run(
    connection: Connection[Any],
    *questions: tuple[Statement, Parameters],
    begins: bool = False,
    commits: bool = False,
) -> list[list[Row]]:
    """The rows of each statement, all sent at once. ``begins``: in a transaction opened before them, if none is open;
    ``commits``: which ends with them. Raises what the first one that fails raises; those after it did not run, and
    then nothing was committed."""
    known = _prepared.setdefault(connection, set())
    pgconn = connection.pgconn
    sends: list[Callable[[], None]] = []
    wanted: list[str | int] = []  # of each result: the statement it prepared, or the number of the question, or -1
    if begins and pgconn.transaction_status == pq.TransactionStatus.IDLE:
        sends.append(partial(pgconn.send_query_params, b"BEGIN", None))
        wanted.append(-1)
    for number, (statement, parameters) in enumerate(questions):
        name = statement.name.encode()
        if statement.name not in known and statement.name not in wanted:
            sends.append(partial(pgconn.send_prepare, name, statement.sql.encode()))
            wanted.append(statement.name)
        sends.append(partial(pgconn.send_query_prepared, name, parameters, statement.formats(len(parameters))))
        wanted.append(number)
    if commits:
        sends.append(partial(pgconn.send_query_params, b"COMMIT", None))
        wanted.append(-1)
    answers: list[list[Row]] = [[] for _ in questions]
    for what, result in zip(wanted, connection.wait(_trip(pgconn, sends)), strict=True):
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            if result.error_field(pq.DiagnosticField.SQLSTATE) == b"26000":  # somebody deallocated everything
                known.clear()
            raise error_from_result(result, encoding="utf-8")
        if isinstance(what, str):
            known.add(what)
        elif what >= 0:
            answers[what] = rows_of(result)
    return answers


def rows_of(result: pq.abc.PGresult) -> list[Row]:
    value, columns = result.get_value, range(result.nfields)
    return [tuple([value(row, column) for column in columns]) for row in range(result.ntuples)]


def _trip(
    pgconn: pq.abc.PGconn, sends: Sequence[Callable[[], None]]
) -> Generator[Wait, Ready | int, list[pq.abc.PGresult]]:
    """Send everything, then take one result for each. A trip that is broken off in the middle leaves a connection of
    which nobody knows what it will say next, so that connection ends with it."""
    pgconn.enter_pipeline_mode()
    try:
        for send in sends:
            send()
        pgconn.pipeline_sync()
        while pgconn.flush():
            if (yield Wait.RW) & Ready.R:
                pgconn.consume_input()
        results: list[pq.abc.PGresult] = []
        while True:
            while pgconn.is_busy():
                if (yield Wait.R):
                    pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:  # nothing more of this statement
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                break
            results.append(result)
        pgconn.exit_pipeline_mode()
    except BaseException:
        pgconn.finish()
        raise
    return results
