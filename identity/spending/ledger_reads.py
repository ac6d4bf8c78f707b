"""What a group of attempts reads, in one round trip: the fence, the standings, the locked budgets.

Statements are sent together (PostgreSQL's pipeline) and run one after the other, each with a snapshot of its own
(READ COMMITTED): what is read after the fence was granted is what stands behind it. The order of locks is that of every
writer: the fence, idempotency keys and nonces, budgets by id, then approvals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from psycopg import Cursor
from psycopg.connection import Connection

from identity.agents.fence import lock_number
from identity.spending.attempt import Attempt
from identity.spending.decision import ApprovalSeen, BudgetSeen, VendorSeen
from identity.spending.limits import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS

_TIMEOUTS = "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)"
# unnest keeps the order of its array, which is that of every writer: by number.
_SHARE_FENCE = "SELECT pg_advisory_xact_lock_shared(number) FROM unnest(%s::bigint[]) AS number"
_ONLY_ONCE = "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number"
_STANDINGS = """
SELECT 'link', id, status FROM delegation_delegation WHERE id = ANY(%(links)s)
UNION ALL SELECT 'agent', id, status FROM agents_agent WHERE id = ANY(%(agents)s)
UNION ALL SELECT 'frozen', principal_id, '' FROM delegation_principalfreeze WHERE principal_id = ANY(%(principals)s)
UNION ALL SELECT 'key', thumbprint, agent_id FROM agents_verificationmethod
    WHERE thumbprint = ANY(%(keys)s) AND revoked_at IS NULL AND valid_from <= %(at)s
    AND (valid_until IS NULL OR valid_until > %(at)s)
UNION ALL SELECT 'nonce', n.agent, n.nonce FROM spending_intentnonce n
    JOIN unnest(%(nonce_agents)s::text[], %(nonces)s::text[]) AS asked(agent, nonce) USING (agent, nonce)
"""
_VENDORS = """
SELECT a.id, a.did, a.status, v.mcc, v.country, v.domains, v.assurance_level, v.cluster
FROM agents_vendor v JOIN agents_agent a ON a.id = v.agent_id WHERE a.id = ANY(%s)
"""
_ANSWERED = """
SELECT caller_key, fingerprint, id, verdict, decision_class, record, receipt, "authorization", approval
FROM spending_decision WHERE caller_key = ANY(%s)
"""
_KNOWN_PAYEES = """
SELECT DISTINCT a.root, a.vendor FROM spending_authorization a
JOIN unnest(%s::text[], %s::text[]) AS asked(root, vendor) USING (root, vendor)
WHERE NOT (a.state = 'closed' AND a.captured = 0)
"""
_ADD_BUDGETS = """
INSERT INTO spending_budget
    (id, currency, cap, held, captured, held_elevated, captured_elevated, "over", uses_max, uses, uses_elevated)
SELECT id, currency, cap, 0, 0, 0, 0, 0, uses_max, 0, 0
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS wanted(id, currency, cap, uses_max)
ORDER BY id COLLATE "C" ON CONFLICT DO NOTHING
"""
_LOCK_BUDGETS = """
SELECT id, held, captured, uses, last_used_at FROM spending_budget WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
_RECENT = """
SELECT asked.budget, coalesce(sum(p.held + p.captured), 0)::bigint, coalesce(sum(p.uses), 0)::bigint
FROM unnest(%s::text[], %s::timestamptz[]) AS asked(budget, since)
JOIN spending_posting p ON p.budget = asked.budget AND p.counted_at > asked.since AND NOT p.is_elevated
GROUP BY asked.budget
"""
_GROWING = """
SELECT id, vendor, agent, path, currency, amount, open, state, expires_at, elevation, created_at
FROM spending_authorization WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
_APPROVALS = """
SELECT p.id, CASE WHEN p.state = 'pending' AND p.expires_at <= %s THEN 'expired' ELSE p.state END,
    p.binding_digest, e.max_amount, e.lifts, e.valid_until, e.consumed_by IS NOT NULL, e.id
FROM spending_approval p LEFT JOIN spending_elevation e ON e.approval_id = p.id
WHERE p.id = ANY(%s) ORDER BY p.id FOR NO KEY UPDATE OF p
"""


@dataclass(slots=True)
class Sight:
    """Everything the decisions of a group rest on."""

    links: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)
    valid_keys: dict[str, str] = field(default_factory=dict)
    used_nonces: set[str] = field(default_factory=set)
    vendors: dict[str, VendorSeen] = field(default_factory=dict)
    answered: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    known_payees: set[tuple[str, str]] = field(default_factory=set)
    budgets: dict[str, BudgetSeen] = field(default_factory=dict)
    approvals: dict[str, ApprovalSeen] = field(default_factory=dict)
    growing: dict[str, tuple[Any, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The budgets a group touches: ids with what a new row begins with, and how far back some of them look."""

    new_rows: dict[str, tuple[str, int | None, int | None]]
    since: dict[str, datetime]


def wanted_budgets(attempts: Sequence[Attempt]) -> Wanted:
    new_rows: dict[str, tuple[str, int | None, int | None]] = {}
    since: dict[str, datetime] = {}
    for attempt in attempts:
        request = attempt.request
        for counted in attempt.chain.counted:
            if counted.currency is not None and counted.currency != request.currency:
                continue
            budget = counted.budget_id(request.counted_at)
            new_rows[budget] = (counted.currency or "", counted.cap, counted.uses_max)
            if counted.seconds:
                start = request.at - timedelta(seconds=counted.seconds)
                since[budget] = min(start, since.get(budget, start))
    return Wanted(new_rows, since)


def look(connection: Connection[Any], attempts: Sequence[Attempt]) -> Sight:
    """Read and lock what the group needs, in the transaction that ``connection`` is in."""
    wanted = wanted_budgets(attempts)
    with connection.pipeline():
        cursors = _ask(connection, attempts, wanted)
    return _gather(cursors, wanted)


def _ask(connection: Connection[Any], attempts: Sequence[Attempt], wanted: Wanted) -> dict[str, Cursor[Any]]:
    vendors = sorted({attempt.request.vendor for attempt in attempts})
    fence = {number for attempt in attempts for number in attempt.chain.fence}.union(map(_vendor_lock, vendors))
    caller_keys = [attempt.caller_key for attempt in attempts if attempt.caller_key]
    once = [*caller_keys, *(attempt.nonce_key for attempt in attempts if not attempt.is_dry_run)]
    _run(connection, _TIMEOUTS, [f"{LOCK_TIMEOUT_MS}ms", f"{STATEMENT_TIMEOUT_MS}ms"])
    _run(connection, _SHARE_FENCE, [sorted(fence)])
    _run(connection, _ONLY_ONCE, [sorted({once_number(key) for key in once})])
    cursors = {
        "standings": _run(connection, _STANDINGS, _standing_parameters(attempts)),
        "vendors": _run(connection, _VENDORS, [vendors]),
    }
    if caller_keys:
        cursors["answered"] = _run(connection, _ANSWERED, [caller_keys])
    payees = [(a.chain.root.id, a.request.vendor) for a in attempts if a.chain.asks_about_payee]
    if payees:
        cursors["payees"] = _run(connection, _KNOWN_PAYEES, [[r for r, _ in payees], [v for _, v in payees]])
    if wanted.new_rows:
        rows = [(budget, *row) for budget, row in wanted.new_rows.items()]
        _run(connection, _ADD_BUDGETS, [list(column) for column in zip(*rows, strict=True)])
        cursors["budgets"] = _run(connection, _LOCK_BUDGETS, [list(wanted.new_rows)])
    if wanted.since:
        cursors["recent"] = _run(connection, _RECENT, [list(wanted.since), list(wanted.since.values())])
    growing = sorted({attempt.increments for attempt in attempts if attempt.increments})
    if growing:
        cursors["growing"] = _run(connection, _GROWING, [growing])
    approvals = sorted({attempt.request.approval for attempt in attempts if attempt.request.approval})
    if approvals:
        cursors["approvals"] = _run(connection, _APPROVALS, [max(a.request.at for a in attempts), approvals])
    return cursors


@lru_cache(maxsize=100_000)
def _vendor_lock(vendor: str) -> int:
    return lock_number(vendor)


def once_number(key: str) -> int:
    """The advisory lock of an idempotency key or a nonce; two with one number only wait for each other."""
    return int.from_bytes(sha256(b"once:" + key.encode()).digest()[:8], signed=True)


def _standing_parameters(attempts: Sequence[Attempt]) -> dict[str, Any]:
    return {
        "links": list({link for attempt in attempts for link in attempt.chain.path}),
        "agents": list({agent for attempt in attempts for agent in attempt.chain.agents}),
        "principals": list({attempt.chain.principal for attempt in attempts}),
        "keys": list({attempt.request.key_thumbprint for attempt in attempts}),
        "at": max(attempt.request.at for attempt in attempts),
        "nonce_agents": [attempt.agent for attempt in attempts],
        "nonces": [attempt.request.nonce for attempt in attempts],
    }


def _run(connection: Connection[Any], statement: str, parameters: Any) -> Cursor[Any]:
    """A cursor of psycopg itself: Django's binds on the client and never prepares."""
    return Cursor(connection).execute(statement, parameters, prepare=True)


def _gather(cursors: dict[str, Cursor[Any]], wanted: Wanted) -> Sight:
    sight = Sight()
    for what, first, second in cursors["standings"]:
        match what:
            case "link":
                sight.links[first] = second
            case "agent":
                sight.agents[first] = second
            case "frozen":
                sight.frozen.add(first)
            case "key":
                sight.valid_keys[first] = second
            case "nonce":
                sight.used_nonces.add(f"{first} {second}")
    for row in cursors["vendors"]:
        sight.vendors[row[0]] = VendorSeen(row[1], row[2], row[3], row[4], tuple(row[5]), row[6], row[7])
    for row in cursors.get("answered", ()):
        sight.answered[row[0]] = row
    sight.known_payees.update((root, vendor) for root, vendor in cursors.get("payees", ()))
    for budget, held, captured, uses, last_used_at in cursors.get("budgets", ()):
        sight.budgets[budget] = BudgetSeen(held, captured, uses, last_used_at)
    for budget, amount, uses in cursors.get("recent", ()):
        sight.budgets[budget].recent_amount = amount
        sight.budgets[budget].recent_uses = uses
    for row in cursors.get("growing", ()):
        sight.growing[row[0]] = row
    for row in cursors.get("approvals", ()):
        sight.approvals[row[0]] = _approval(row)
    return sight


def _approval(row: tuple[Any, ...]) -> ApprovalSeen:
    if row[7] is None:
        return ApprovalSeen(row[0], row[1], row[2])
    return ApprovalSeen(row[0], row[1], row[2], row[3], frozenset(row[4]), row[5], row[6], row[7])
