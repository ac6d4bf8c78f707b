"""What a group of decisions writes: one statement, however many decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from psycopg.connection import Connection
from psycopg.errors import DivisionByZero

from identity.primitives.ids import new_event_id
from identity.spending.array_text import bytes_array, plain, text_array
from identity.spending.statements import Statement, run

# For each table of _WRITE, column by column: t a text, b bytes, p what needs no quotes.
_BUDGET = "tpppppppp"
_POSTING = "tttpppppp"
_EVENT = "ttttttp"
_AUTHORIZATION = "ttttttttptttttttpp"
_NONCE = "tttp"
_DECISION = "ttttttttttttbtp"
_INCREMENT = "tp"
_ELEVATION = "tt"
_FORMS = (_BUDGET, _POSTING, _EVENT, _AUTHORIZATION, _NONCE, _DECISION, _INCREMENT, _ELEVATION)
_BINARY = frozenset(place for place, kind in enumerate("".join(_FORMS)) if kind != "p")

# One statement with data-modifying CTEs: one round trip and one plan. It reads nothing that it writes. A row that was
# locked a moment ago and did not take its change divides by zero, so that the commit sent with it does not happen.
_WRITE = Statement(
    "spending_write",
    """
WITH budgets AS (
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
    WHERE b.id = u.id RETURNING 1
), postings AS (
    INSERT INTO spending_posting
        ("authorization", budget, kind, held, captured, "over", uses, is_elevated, counted_at)
    SELECT * FROM unnest($10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[],
        $16::smallint[], $17::boolean[], $18::timestamptz[])
), events AS (
    INSERT INTO journal_event (id, kind, subject, organization, actor, payload, at, recorded_at)
    SELECT id, kind, subject, organization, actor, payload::jsonb, at, clock_timestamp()
    FROM unnest($19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::timestamptz[])
        AS e(id, kind, subject, organization, actor, payload, at)
), authorizations AS (
    INSERT INTO spending_authorization
        (id, decision, root, path, agent, vendor, principal, currency, amount, max_amount, action, order_hash, open,
         captured, refunded, "over", state, close_reason, budgets, budgets_elevated, budgets_restored, elevation,
         receipt_digest, created_at, expires_at)
    SELECT id, decision, root, string_to_array(path, ','), agent, vendor, principal, currency, amount, amount, action,
        order_hash, amount, 0, 0, 0, 'open', '', string_to_array(budgets, ','), string_to_array(elevated, ','),
        string_to_array(restored, ','), elevation, receipt_digest, created_at, expires_at
    FROM unnest($26::text[], $27::text[], $28::text[], $29::text[], $30::text[], $31::text[], $32::text[], $33::text[],
        $34::bigint[], $35::text[], $36::text[], $37::text[], $38::text[], $39::text[], $40::text[], $41::text[],
        $42::timestamptz[], $43::timestamptz[])
        AS a(id, decision, root, path, agent, vendor, principal, currency, amount, action, order_hash, budgets,
             elevated, restored, elevation, receipt_digest, created_at, expires_at)
), nonces AS (
    INSERT INTO spending_intentnonce (agent, nonce, "authorization", expires_at)
    SELECT * FROM unnest($44::text[], $45::text[], $46::text[], $47::timestamptz[])
), decisions AS (
    INSERT INTO spending_decision
        (id, caller_key, fingerprint, decision_class, verdict, root, leaf, agent, vendor, principal, "authorization",
         approval, record, receipt, at)
    SELECT id, caller_key, fingerprint, decision_class, verdict, root, leaf, agent, vendor, principal, "authorization",
        approval, record, receipt, at
    FROM unnest($48::text[], $49::text[], $50::text[], $51::text[], $52::text[], $53::text[], $54::text[], $55::text[],
        $56::text[], $57::text[], $58::text[], $59::text[], $60::bytea[], $61::text[], $62::timestamptz[])
        AS d(id, caller_key, fingerprint, decision_class, verdict, root, leaf, agent, vendor, principal,
             "authorization", approval, record, receipt, at)
), grown AS (
    UPDATE spending_authorization AS a
    SET open = a.open + u.amount, amount = a.amount + u.amount, max_amount = a.max_amount + u.amount
    FROM unnest($63::text[], $64::bigint[]) AS u(id, amount) WHERE a.id = u.id AND a.state <> 'closed' RETURNING 1
), consumed AS (
    UPDATE spending_elevation AS e SET consumed_by = u.taken_by
    FROM unnest($65::text[], $66::text[]) AS u(id, taken_by) WHERE e.id = u.id AND e.consumed_by IS NULL RETURNING 1
)
SELECT 1 / ((SELECT count(*) FROM budgets) = $67 AND (SELECT count(*) FROM grown) = $68
    AND (SELECT count(*) FROM consumed) = $69)::integer
""",
    binary=_BINARY,
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


_ARRAYS: dict[str, Callable[[Sequence[Any]], bytes]] = {
    "t": text_array,
    "b": bytes_array,
    "p": lambda values: plain(values).encode(),
}
_NO_VALUES = {kind: array([]) for kind, array in _ARRAYS.items()}


class LedgerDisagrees(Exception):
    """A row that was locked a moment ago did not take its change: a fault of the program, so everything is undone."""


def write(connection: Connection[Any], writes: Writes, *, commits: bool = False) -> None:
    """Write it all in the transaction that ``connection`` is in, and end it there when ``commits``. The database's own
    constraints have the last word."""
    tables: tuple[Sequence[tuple[Any, ...]], ...] = (
        _budget_rows(writes.budgets),
        writes.postings,
        writes.events,
        writes.authorizations,
        writes.nonces,
        writes.decisions,
        writes.increments,
        writes.elevations,
    )
    parameters = [column for rows, form in zip(tables, _FORMS, strict=True) for column in _columns(rows, form)]
    counts = [len(writes.budgets), len(writes.increments), len(writes.elevations)]
    try:
        run(connection, (_WRITE, [*parameters, *(b"%d" % count for count in counts)]), commits=commits)
    except DivisionByZero as error:
        raise LedgerDisagrees(f"other than {counts} rows of budgets, increments and elevations changed") from error


def _columns(rows: Sequence[tuple[Any, ...]], form: str) -> list[bytes]:
    if not rows:
        return [_NO_VALUES[kind] for kind in form]
    return [_ARRAYS[kind](column) for kind, column in zip(form, zip(*rows, strict=True), strict=True)]


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
