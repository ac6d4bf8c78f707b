"""What a group of decisions writes: one statement, however many decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from psycopg.connection import Connection

from identity.primitives.ids import new_event_id
from identity.spending.array_text import plain, quoted
from identity.spending.ledger_reads import prepare

# One statement with data-modifying CTEs: one round trip and one plan. It reads nothing that it writes.
_WRITE = """
WITH budgets AS (
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
    WHERE b.id = u.id RETURNING 1
), postings AS (
    INSERT INTO spending_posting
        ("authorization", budget, kind, held, captured, "over", uses, is_elevated, counted_at)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
        %s::smallint[], %s::boolean[], %s::timestamptz[])
), events AS (
    INSERT INTO journal_event (id, kind, subject, organization, actor, payload, at, recorded_at)
    SELECT id, kind, subject, organization, actor, payload::jsonb, at, clock_timestamp()
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
        AS e(id, kind, subject, organization, actor, payload, at)
), authorizations AS (
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
        AS a(id, decision, root, path, agent, vendor, principal, currency, amount, action, order_hash, budgets,
             elevated, restored, elevation, receipt_digest, created_at, expires_at)
), nonces AS (
    INSERT INTO spending_intentnonce (agent, nonce, "authorization", expires_at)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[])
), decisions AS (
    INSERT INTO spending_decision
        (id, caller_key, fingerprint, decision_class, verdict, root, leaf, agent, vendor, principal, "authorization",
         approval, record, receipt, at)
    SELECT id, caller_key, fingerprint, decision_class, verdict, root, leaf, agent, vendor, principal, "authorization",
        approval, convert_to(record, 'UTF8'), receipt, at
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
        AS d(id, caller_key, fingerprint, decision_class, verdict, root, leaf, agent, vendor, principal,
             "authorization", approval, record, receipt, at)
), grown AS (
    UPDATE spending_authorization AS a
    SET open = a.open + u.amount, amount = a.amount + u.amount, max_amount = a.max_amount + u.amount
    FROM unnest(%s::text[], %s::bigint[]) AS u(id, amount) WHERE a.id = u.id AND a.state <> 'closed' RETURNING 1
), consumed AS (
    UPDATE spending_elevation AS e SET consumed_by = u.taken_by
    FROM unnest(%s::text[], %s::text[]) AS u(id, taken_by) WHERE e.id = u.id AND e.consumed_by IS NULL RETURNING 1
)
SELECT (SELECT count(*) FROM budgets), (SELECT count(*) FROM grown), (SELECT count(*) FROM consumed)
"""

# For each table of _WRITE, column by column: q a text that may hold anything, p what needs no quotes.
_POSTING = "qqqpppppp"
_EVENT = "qqqqqqp"
_AUTHORIZATION = "qqqqqqqqpqqqqqqqpp"
_NONCE = "qqqp"
_DECISION = "qqqqqqqqqqqqqqp"


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
        self.postings.append(
            (authorization, budget, str(kind), held, captured, over, uses, is_elevated, counted_at.isoformat())
        )

    def tell(
        self, kind: str, payload: dict[str, Any], *, subject: str, organization: str, actor: str, at: datetime
    ) -> None:
        """One journal event."""
        text = orjson.dumps(payload).decode()
        self.events.append((new_event_id(), kind, subject, organization, actor, text, at.isoformat()))


class LedgerDisagrees(Exception):
    """A row that was locked a moment ago did not take its change: a fault of the program, so everything is undone."""


def write(connection: Connection[Any], writes: Writes) -> None:
    """Write it all in the transaction that ``connection`` is in. The database's own constraints have the last word."""
    columns = [
        *_budget_columns(writes.budgets),
        *_columns(writes.postings, _POSTING),
        *_columns(writes.events, _EVENT),
        *_columns(writes.authorizations, _AUTHORIZATION),
        *_columns(writes.nonces, _NONCE),
        *_columns(writes.decisions, _DECISION),
        *_columns(writes.increments, "qp"),
        *_columns(writes.elevations, "qq"),
    ]
    row = prepare(connection).execute(_WRITE, columns, prepare=True).fetchone()
    wanted = (len(writes.budgets), len(writes.increments), len(writes.elevations))
    if row != wanted:
        raise LedgerDisagrees(f"{row} rows changed, not {wanted}")


def _columns(rows: Sequence[tuple[Any, ...]], form: str) -> list[str]:
    if not rows:
        return ["{}"] * len(form)
    return [
        quoted(column) if kind == "q" else plain(column)
        for kind, column in zip(form, zip(*rows, strict=True), strict=True)
    ]


def _budget_columns(budgets: dict[str, BudgetChange]) -> list[str]:
    changes = budgets.values()
    return [
        quoted(budgets),
        plain([change.held for change in changes]),
        plain([change.captured for change in changes]),
        plain([change.held_elevated for change in changes]),
        plain([change.captured_elevated for change in changes]),
        plain([change.over for change in changes]),
        plain([change.uses for change in changes]),
        plain([change.uses_elevated for change in changes]),
        plain([change.last_used_at and change.last_used_at.isoformat() for change in changes]),
    ]
