"""What a group of decisions writes, in one round trip. Each table takes one statement, however many decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from psycopg import Cursor
from psycopg.connection import Connection

from identity.primitives.ids import new_event_id

_UPDATE_BUDGETS = """
UPDATE spending_budget AS b SET
    held = b.held + u.held, captured = b.captured + u.captured,
    held_elevated = b.held_elevated + u.held_elevated,
    captured_elevated = b.captured_elevated + u.captured_elevated,
    "over" = b."over" + u.over_amount,
    uses = b.uses + u.uses, uses_elevated = b.uses_elevated + u.uses_elevated,
    last_used_at = greatest(b.last_used_at, u.last_used_at)
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::timestamptz[])
    AS u(id, held, captured, held_elevated, captured_elevated, over_amount, uses, uses_elevated, last_used_at)
WHERE b.id = u.id
"""
_ADD_POSTINGS = """
INSERT INTO spending_posting
    ("authorization", budget, kind, held, captured, "over", uses, is_elevated, counted_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[],
    %s::boolean[], %s::timestamptz[])
"""
_ADD_AUTHORIZATIONS = """
INSERT INTO spending_authorization
    (id, decision, root, path, agent, vendor, principal, currency, amount, max_amount, action, order_hash, open,
     captured, refunded, "over", state, close_reason, budgets, budgets_elevated, budgets_restored, elevation,
     receipt_digest, created_at, expires_at)
SELECT id, decision, root, string_to_array(path, ','), agent, vendor, principal, currency, amount, amount, action,
    order_hash, amount, 0, 0, 0, 'open', '', string_to_array(budgets, ','), string_to_array(elevated, ','),
    string_to_array(restored, ','), elevation, receipt_digest, created_at, expires_at
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::timestamptz[], %s::timestamptz[])
    AS a(id, decision, root, path, agent, vendor, principal, currency, amount, action, order_hash, budgets, elevated,
         restored, elevation, receipt_digest, created_at, expires_at)
"""
_GROW_AUTHORIZATIONS = """
UPDATE spending_authorization AS a
SET open = a.open + u.amount, amount = a.amount + u.amount, max_amount = a.max_amount + u.amount
FROM unnest(%s::text[], %s::bigint[]) AS u(id, amount) WHERE a.id = u.id AND a.state <> 'closed'
"""
_ADD_NONCES = """
INSERT INTO spending_intentnonce (agent, nonce, "authorization", expires_at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[])
"""
_ADD_DECISIONS = """
INSERT INTO spending_decision
    (id, caller_key, fingerprint, decision_class, verdict, root, leaf, agent, vendor, principal, "authorization",
     approval, record, receipt, at)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::timestamptz[])
"""
_CONSUME_ELEVATIONS = """
UPDATE spending_elevation AS e SET consumed_by = u.taken_by
FROM unnest(%s::text[], %s::text[]) AS u(id, taken_by) WHERE e.id = u.id AND e.consumed_by IS NULL
"""
_ADD_EVENTS = """
INSERT INTO journal_event (id, kind, subject, organization, actor, payload, at, recorded_at)
SELECT id, kind, subject, organization, actor, payload::jsonb, at, clock_timestamp()
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
    AS e(id, kind, subject, organization, actor, payload, at)
"""


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
    """Rows to be written together, as tuples in the order of their statement's columns."""

    budgets: dict[str, BudgetChange] = field(default_factory=dict)
    postings: list[tuple[Any, ...]] = field(default_factory=list)
    authorizations: list[tuple[Any, ...]] = field(default_factory=list)
    increments: list[tuple[str, int]] = field(default_factory=list)
    nonces: list[tuple[Any, ...]] = field(default_factory=list)
    decisions: list[tuple[Any, ...]] = field(default_factory=list)
    elevations: list[tuple[str, str]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)

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
        self.postings.append((authorization, budget, kind, held, captured, over, uses, is_elevated, counted_at))

    def tell(
        self, kind: str, payload: dict[str, Any], *, subject: str, organization: str, actor: str, at: datetime
    ) -> None:
        """One journal event."""
        text = orjson.dumps(payload).decode()
        self.events.append((new_event_id(), kind, subject, organization, actor, text, at))


class LedgerDisagrees(Exception):
    """A row that was locked a moment ago did not take its change: a fault of the program, so everything is undone."""


def write(connection: Connection[Any], writes: Writes) -> None:
    """Write it all in the transaction that ``connection`` is in. The database's own constraints have the last word."""
    with connection.pipeline():
        updates = [
            (_run(connection, _UPDATE_BUDGETS, _budget_columns(writes)), len(writes.budgets)),
            (_run(connection, _GROW_AUTHORIZATIONS, _columns(writes.increments)), len(writes.increments)),
            (_run(connection, _CONSUME_ELEVATIONS, _columns(writes.elevations)), len(writes.elevations)),
        ]
        _run(connection, _ADD_POSTINGS, _columns(writes.postings))
        _run(connection, _ADD_AUTHORIZATIONS, _columns(writes.authorizations))
        _run(connection, _ADD_NONCES, _columns(writes.nonces))
        _run(connection, _ADD_DECISIONS, _columns(writes.decisions))
        _run(connection, _ADD_EVENTS, _columns(writes.events))
    for cursor, rows in updates:
        if cursor is not None and cursor.rowcount != rows:
            raise LedgerDisagrees(f"{cursor.rowcount} of {rows} rows changed")


def _run(connection: Connection[Any], statement: str, columns: list[list[Any]]) -> Cursor[Any] | None:
    return Cursor(connection).execute(statement, columns, prepare=True) if columns else None


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _budget_columns(writes: Writes) -> list[list[Any]]:
    return _columns(
        [
            (
                budget,
                change.held,
                change.captured,
                change.held_elevated,
                change.captured_elevated,
                change.over,
                change.uses,
                change.uses_elevated,
                change.last_used_at,
            )
            for budget, change in writes.budgets.items()
        ]
    )
