"""What a step of the ledger writes: budgets and the postings that explain them, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.connection import Connection
from psycopg.errors import DivisionByZero

from identity.primitives.round_trip import Statement, run
from identity.spending.array_text import bytes_array, instants_array, numbers_array, places_array, plain, text_array

# Of each column: i an id, a flag or whatever else needs no quotes; t any text; b bytes; n a number and w an instant
# (``array_text.instant``), of which the binary form is read faster; p the place of a row.
_BUDGET = "iiiiiiiii"
_POSTING = "iiiiiiiii"
BOOKED = len(_BUDGET + _POSTING)

# The first parts of a WITH, and its parameters 1 to BOOKED. Budgets are found by index and then by place, which the
# lock keeps: see the plans' note in ``ledger_reads``.
BOOK = """
budgets AS (
    UPDATE spending_budget AS b SET
        held = b.held + u.held, captured = b.captured + u.captured,
        held_elevated = b.held_elevated + u.held_elevated,
        captured_elevated = b.captured_elevated + u.captured_elevated,
        "over" = b."over" + u.over_amount,
        uses = b.uses + u.uses, uses_elevated = b.uses_elevated + u.uses_elevated,
        last_used_at = greatest(b.last_used_at, u.last_used_at)
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::timestamptz[])
        AS u(id, held, captured, held_elevated, captured_elevated, over_amount, uses, uses_elevated, last_used_at)
    CROSS JOIN LATERAL (SELECT x.ctid FROM spending_budget x WHERE x.id = u.id LIMIT 1) AS locked
    WHERE b.ctid = locked.ctid RETURNING 1
), postings AS (
    INSERT INTO spending_posting
        ("authorization", budget, kind, held, captured, "over", uses, is_elevated, counted_at)
    SELECT * FROM unnest($10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[],
        $16::smallint[], $17::boolean[], $18::timestamptz[])
)"""
# A row that was locked a moment ago and did not take its change divides by zero, so that whatever is sent with the
# statement, a commit too, does not happen.
_POST = Statement(
    "spending_post",
    f"WITH {BOOK} SELECT 1 / ((SELECT count(*) FROM budgets) = ${BOOKED + 1})::integer",  # noqa: S608 - our own words
)


@dataclass(slots=True)
class BudgetChange:
    """What one budget gains, all of it; negative gives back."""

    held: int = 0
    captured: int = 0
    held_elevated: int = 0
    captured_elevated: int = 0
    over: int = 0
    uses: int = 0
    uses_elevated: int = 0
    last_used_at: datetime | None = None


@dataclass(slots=True)
class Writes:
    """Rows to be written together, postings as tuples in the order of their columns."""

    budgets: dict[str, BudgetChange] = field(default_factory=dict)
    postings: list[tuple[Any, ...]] = field(default_factory=list)

    def post(
        self,
        *,
        authorization: str,
        budget: str,
        kind: str,
        held: int = 0,
        captured: int = 0,
        over: int = 0,
        uses: int = 0,
        is_elevated: bool = False,
        counted_at: datetime,
        used_at: datetime | None = None,
    ) -> None:
        """One posting and the change of its budget that it explains."""
        change = self.budgets.get(budget)
        if change is None:
            change = self.budgets[budget] = BudgetChange()
        if is_elevated:
            change.held_elevated += held
            change.captured_elevated += captured
            change.uses_elevated += uses
        else:
            change.held += held
            change.captured += captured
            change.uses += uses
        change.over += over
        if used_at is not None and (change.last_used_at is None or change.last_used_at < used_at):
            change.last_used_at = used_at
        self.postings.append(
            (authorization, budget, str(kind), held, captured, over, uses, is_elevated, counted_at.isoformat())
        )


class LedgerDisagrees(Exception):
    """A row that was locked a moment ago did not take its change: a fault of the program, so everything is undone."""


def write(connection: Connection[Any], writes: Writes) -> None:
    """Write it all in the transaction that ``connection`` is in. The database's own constraints have the last word."""
    try:
        run(connection, (_POST, [*booked(writes), b"%d" % len(writes.budgets)]))
    except DivisionByZero as error:
        raise LedgerDisagrees(f"other than {len(writes.budgets)} budgets changed") from error


def booked(writes: Writes) -> list[bytes]:
    """The parameters of ``BOOK``."""
    return [*columns(_budget_rows(writes.budgets), _BUDGET), *columns(writes.postings, _POSTING)]


def columns(rows: Sequence[tuple[Any, ...]], form: str) -> list[bytes]:
    """Rows as one array a column; ``form`` has a letter for each. A column of nothing but NULL is an empty array, which
    ``unnest`` fills up."""
    if not rows:
        return [_NO_VALUES[kind] for kind in form]
    return [
        _NO_VALUES[kind] if column.count(None) == len(rows) else _ARRAYS[kind](column)
        for kind, column in zip(form, zip(*rows, strict=True), strict=True)
    ]


BINARY = frozenset("tbnw")  # of the letters
_ARRAYS: dict[str, Callable[[Sequence[Any]], bytes]] = {
    "i": lambda values: plain(values).encode(),
    "t": text_array,
    "b": bytes_array,
    "n": numbers_array,
    "w": instants_array,
    "p": places_array,
}
_NO_VALUES = {kind: array(()) for kind, array in _ARRAYS.items()}


def _budget_rows(budgets: dict[str, BudgetChange]) -> list[tuple[Any, ...]]:
    return [
        (
            budget,
            change.held,
            change.captured,
            change.held_elevated,
            change.captured_elevated,
            change.over,
            change.uses,
            change.uses_elevated,
            change.last_used_at and change.last_used_at.isoformat(),
        )
        for budget, change in budgets.items()
    ]
