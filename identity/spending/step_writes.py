"""What steps after the decision write: one statement, however many steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from psycopg.connection import Connection
from psycopg.errors import DivisionByZero

from identity.primitives.round_trip import Statement, run
from identity.spending.ledger_writes import BINARY, BOOK, BOOKED, LedgerDisagrees, Writes, booked, columns


class StepRow(NamedTuple):
    """One step, its authorization as it stands afterwards, and the event that tells of it. Instants are text."""

    id: str
    authorization: str
    kind: str
    amount: int
    released: int
    reference: str | None
    receipt: str
    at: str
    actor: str
    open: int
    captured: int
    refunded: int
    over: int
    state: str
    close_reason: str
    closed_at: str | None
    receipt_digest: str
    event: str
    event_kind: str
    payload: bytes
    principal: str


_STEP = "iiiiitiit" + "iiiiitii" + "iibi"  # of each column, as in ``ledger_writes``
_TYPES = ["text"] * 3 + ["bigint"] * 2 + ["text"] * 2 + ["timestamptz", "text"] + ["bigint"] * 4
_TYPES += ["text", "text", "timestamptz", "text", "text", "text", "bytea", "text"]
_ARRAYS = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_TYPES, BOOKED + 1))
_COUNT = BOOKED + len(_STEP) + 1

# As in ``group_writes``: rows are found by index and then by place, which the lock keeps, and one that did not take its
# change divides by zero.
_WRITE = Statement(
    "spending_settle",
    f"""
WITH s AS MATERIALIZED (
    SELECT * FROM unnest({_ARRAYS})
        AS s(id, "authorization", kind, amount, released, reference, receipt, at, actor, open, captured, refunded,
            beyond, state, close_reason, closed_at, receipt_digest, event, event_kind, payload, principal)
), {BOOK}, authorizations AS (
    UPDATE spending_authorization AS a SET
        open = s.open, captured = s.captured, refunded = s.refunded, "over" = s.beyond, state = s.state,
        close_reason = s.close_reason, closed_at = s.closed_at, receipt_digest = s.receipt_digest
    FROM s
    CROSS JOIN LATERAL (SELECT x.ctid FROM spending_authorization x WHERE x.id = s."authorization" LIMIT 1) AS locked
    WHERE a.ctid = locked.ctid RETURNING 1
), steps AS (
    INSERT INTO spending_settlement (id, authorization_id, kind, amount, released, reference, receipt, actor, at)
    SELECT id, "authorization", kind, amount, released, reference, receipt, actor, at FROM s
), events AS (
    INSERT INTO journal_event (id, kind, subject, organization, actor, payload, at, recorded_at)
    SELECT event, event_kind, "authorization", principal, actor, convert_from(payload, 'UTF8')::jsonb, at,
        clock_timestamp()
    FROM s
)
SELECT 1 / ((SELECT count(*) FROM budgets) = ${_COUNT}
    AND (SELECT count(*) FROM authorizations) = ${_COUNT + 1})::integer
""",  # noqa: S608 - our own words
    binary=frozenset(BOOKED + place for place, kind in enumerate(_STEP) if kind in BINARY),
)


@dataclass(slots=True)
class StepWrites:
    """Steps to be written together, at most one of each authorization."""

    ledger: Writes = field(default_factory=Writes)
    steps: list[StepRow] = field(default_factory=list)


def write_steps(connection: Connection[Any], writes: StepWrites, *, commits: bool) -> None:
    """Write it all in the transaction that ``connection`` is in, and end it there when ``commits``. The database's own
    constraints have the last word."""
    counts = [len(writes.ledger.budgets), len(writes.steps)]
    parameters = [*booked(writes.ledger), *columns(writes.steps, _STEP), *(b"%d" % count for count in counts)]
    try:
        run(connection, (_WRITE, parameters), commits=commits)
    except DivisionByZero as error:
        raise LedgerDisagrees(f"other than {counts} budgets and authorizations changed") from error
