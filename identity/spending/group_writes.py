"""What a group of decisions writes: one statement, however many decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from psycopg.connection import Connection
from psycopg.errors import DivisionByZero

from identity.primitives.round_trip import Statement, run
from identity.spending.decision import BudgetSeen, Charge
from identity.spending.ledger_writes import BINARY, LedgerDisagrees, columns


class DecisionRow(NamedTuple):
    """One decision, its texts first. Instants are as ``array_text.instant`` tells them, here and below."""

    id: str
    authorization: str | None
    agent: str
    vendor: str
    root: str
    principal: str
    caller_key: str | None
    fingerprint: str
    decision_class: str
    verdict: str
    leaf: str
    approval: str | None
    signed_by: str
    actor: str
    record: bytes
    at: int


class EventRow(NamedTuple):
    """The event that tells of a decision: its subject and its time are the decision's. A dry run has none."""

    event: str | None = None
    kind: str | None = None
    payload: bytes | None = None


class HoldRow(NamedTuple):
    """What a decision holds: without ``nonce`` nothing, without ``amount`` it is an increment. What it shares with the
    decision is sent once."""

    nonce: str | None = None
    path: str | None = None
    currency: str | None = None
    action: str | None = None
    order_hash: str | None = None
    budgets: str | None = None
    budgets_elevated: str | None = None
    budgets_restored: str | None = None
    elevation: str | None = None
    nonce_expires_at: int | None = None
    amount: int | None = None
    expires_at: int | None = None


# The texts of a decision, its event and its hold are one line, which the server takes apart faster than it puts
# columns together. Nothing that is written holds these signs.
_END = "\x1f"
_NULL = "\x1e"
_TEXTS_OF_DECISION: Final = 14  # so many stand first in each row
_TEXTS_OF_EVENT: Final = 2
_TEXTS_OF_HOLD: Final = 9
_TEXTS = (
    DecisionRow._fields[:_TEXTS_OF_DECISION] + EventRow._fields[:_TEXTS_OF_EVENT] + HoldRow._fields[:_TEXTS_OF_HOLD]
)
_PIECES = {name: f"f[{number}]" for number, name in enumerate(_TEXTS, 1)}  # of the line that was taken apart

# Of each column, as in ``ledger_writes``.
_DECISION = "tbbwwnw"
_BUDGET = "ptnnnnw"
_POSTING = "iitnniw"
_FORMS = _DECISION + _BUDGET + _POSTING + "iiii"

# One statement with data-modifying CTEs: one round trip and one plan. It reads nothing that it writes. A row that was
# locked a moment ago and did not take its change divides by zero, so that the commit sent with it does not happen.
# Budgets are found by the place at which they were locked, which the lock keeps: another row that lies there is none of
# theirs, by its id, which IS TRUE keeps from being looked up. Whether an authorization is open is asked after it was
# found, lest a partial index of open ones be read whole: see the plans' note in ``ledger_reads``.
_WRITE = Statement(
    "spending_write",
    """
WITH d AS MATERIALIZED (
    SELECT string_to_array(line, E'\\x1f', E'\\x1e') AS f, record, payload, at, nonce_expires_at, amount, expires_at
    FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::timestamptz[], $5::timestamptz[], $6::bigint[],
        $7::timestamptz[]) AS d(line, record, payload, at, nonce_expires_at, amount, expires_at)
), budgets AS (
    UPDATE spending_budget AS b SET
        held = b.held + u.held, uses = b.uses + u.uses,
        held_elevated = b.held_elevated + coalesce(u.held_elevated, 0),
        uses_elevated = b.uses_elevated + coalesce(u.uses_elevated, 0),
        last_used_at = greatest(b.last_used_at, u.last_used_at)
    FROM unnest($8::tid[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::timestamptz[])
        AS u(place, id, held, uses, held_elevated, uses_elevated, last_used_at)
    WHERE b.ctid = u.place AND (b.id = u.id) IS TRUE RETURNING 1
), postings AS (
    INSERT INTO spending_posting
        ("authorization", budget, budgets, kind, held, captured, "over", uses, is_elevated, counted_at)
    SELECT p."authorization", p.budget, string_to_array(p.budgets, ','), 'hold', p.held, 0, 0, p.uses, p.is_elevated,
        p.counted_at
    FROM unnest($15::text[], $16::text[], $17::text[], $18::bigint[], $19::bigint[], $20::boolean[],
        $21::timestamptz[])
        AS p("authorization", budget, budgets, held, uses, is_elevated, counted_at)
), events AS (
    INSERT INTO journal_event (id, kind, subject, organization, actor, payload, at, recorded_at)
    SELECT {event}, {kind}, coalesce({authorization}, {id}), {principal}, {actor},
        convert_from(payload, 'UTF8')::jsonb, at, clock_timestamp()
    FROM d WHERE {event} IS NOT NULL
), authorizations AS (
    INSERT INTO spending_authorization
        (id, decision, root, path, agent, vendor, principal, currency, amount, max_amount, action, order_hash, open,
         captured, refunded, "over", state, close_reason, budgets, budgets_elevated, budgets_restored, elevation,
         receipt_digest, created_at, expires_at)
    SELECT {authorization}, {id}, {root}, string_to_array({path}, ','), {agent}, {vendor}, {principal}, {currency},
        amount, amount, {action}, {order_hash}, amount, 0, 0, 0, 'open', '', string_to_array({budgets}, ','),
        string_to_array({budgets_elevated}, ','), string_to_array({budgets_restored}, ','), {elevation},
        '', at, expires_at
    FROM d WHERE amount IS NOT NULL
), nonces AS (
    INSERT INTO spending_intentnonce (agent, nonce, "authorization", expires_at)
    SELECT {agent}, {nonce}, {authorization}, nonce_expires_at FROM d WHERE nonce_expires_at IS NOT NULL
), decisions AS (
    INSERT INTO spending_decision
        (id, caller_key, fingerprint, decision_class, verdict, root, leaf, agent, vendor, principal, "authorization",
         approval, record, signed_by, at)
    SELECT {id}, {caller_key}, {fingerprint}, {decision_class}, {verdict}, {root}, {leaf}, {agent}, {vendor},
        {principal}, {authorization}, {approval}, record, {signed_by}, at
    FROM d
), grown AS (
    UPDATE spending_authorization AS a
    SET open = a.open + u.amount, amount = a.amount + u.amount, max_amount = a.max_amount + u.amount
    FROM unnest($22::text[], $23::bigint[]) AS u(id, amount)
    WHERE a.id = ANY($22::text[]) AND a.id = u.id RETURNING a.state <> 'closed' AS is_open
), consumed AS (
    UPDATE spending_elevation AS e SET consumed_by = u.taken_by
    FROM unnest($24::text[], $25::text[]) AS u(id, taken_by)
    WHERE e.id = ANY($24::text[]) AND e.id = u.id AND e.consumed_by IS NULL RETURNING 1
)
SELECT 1 / ((SELECT count(*) FROM budgets) = $26 AND (SELECT count(*) FROM grown WHERE is_open) = $27
    AND (SELECT count(*) FROM consumed) = $28)::integer
""".format_map(_PIECES),
    binary=frozenset(place for place, kind in enumerate(_FORMS) if kind in BINARY),
)


def _line(texts: tuple[str | None, ...]) -> str:
    """Stops a value from reaching into the next one, whoever let it through."""
    line = _END.join([_NULL if text is None else text for text in texts])
    if line.count(_END) != len(texts) - 1 or line.count(_NULL) != texts.count(None):
        raise ValueError("a sign that ends a text stands within one")
    return line


@dataclass(slots=True)
class GroupWrites:
    """Rows to be written together, those of decisions with a line of texts first."""

    decisions: list[tuple[Any, ...]] = field(default_factory=list)
    postings: list[tuple[Any, ...]] = field(default_factory=list)
    increments: list[tuple[str, int]] = field(default_factory=list)
    elevations: list[tuple[str, str]] = field(default_factory=list)

    def decide(self, decision: DecisionRow, event: EventRow, hold: HoldRow) -> None:
        """One decision; what it takes of budgets is added by ``hold``."""
        self.decisions.append(
            (
                _line(decision[:_TEXTS_OF_DECISION] + event[:_TEXTS_OF_EVENT] + hold[:_TEXTS_OF_HOLD]),
                decision.record,
                event.payload,
                decision.at,
                hold.nonce_expires_at,
                hold.amount,
                hold.expires_at,
            )
        )

    def hold(self, authorization: str, charges: Sequence[Charge], *, at: int, counted_at: int) -> None:
        """The postings that explain what a decision takes of budgets. Those that nobody looks up by budget are one
        posting for all that take the same."""
        alike: dict[tuple[int, int, bool], list[str]] = {}
        for charge in charges:
            taken = (charge.amount, charge.uses, charge.is_elevated)
            if charge.counted.seconds:  # it looks back
                self.postings.append((authorization, charge.budget, None, *taken, at))
            else:
                alike.setdefault(taken, []).append(charge.budget)
        for (amount, uses, is_elevated), budgets in alike.items():
            self.postings.append((authorization, None, ",".join(budgets), amount, uses, is_elevated, counted_at))


def write_group(
    connection: Connection[Any],
    writes: GroupWrites,
    budgets: Mapping[str, BudgetSeen],
    places: Mapping[str, bytes],
    *,
    commits: bool,
) -> None:
    """Write it all in the transaction that ``connection`` is in, and end it there when ``commits``: the rows, and what
    was taken of ``budgets``, which are locked in it at these ``places``. The database's own constraints have the last
    word."""
    changed = [(places[name], name, *one.taken) for name, one in budgets.items() if one.taken is not None]
    parameters = [
        *columns(writes.decisions, _DECISION),
        *columns(changed, _BUDGET),
        *columns(writes.postings, _POSTING),
        *columns(writes.increments, "ii"),
        *columns(writes.elevations, "ii"),
    ]
    counts = [len(changed), len(writes.increments), len(writes.elevations)]
    try:
        run(connection, (_WRITE, [*parameters, *(b"%d" % count for count in counts)]), commits=commits)
    except DivisionByZero as error:
        raise LedgerDisagrees(f"other than {counts} rows of budgets, increments and elevations changed") from error
