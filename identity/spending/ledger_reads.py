"""What a group of attempts reads: first the fence, then everything behind it, budgets locked.

Two statements, because each has a snapshot of its own (READ COMMITTED): what is read after the fence was granted is
what stands behind it. A third is sent only when a constraint looks back at postings, whose sums must be younger than
the locks. The order of locks is that of every writer: the fence, then idempotency keys, nonces and approvals, then
budgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from psycopg import Cursor
from psycopg.connection import Connection

from identity.accounts.permissions import Permission
from identity.accounts.service_keys import LAST_USED_RESOLUTION_SECONDS
from identity.agents.fence import lock_number
from identity.primitives.round_trip import Statement, run
from identity.spending.array_text import plain, quoted
from identity.spending.attempt import Attempt
from identity.spending.decision import ApprovalSeen
from identity.spending.limits import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS
from identity.spending.models import Decision
from identity.spending.reference_rates import CEILING_CURRENCY
from identity.spending.sight import Sight, note_state
from identity.spending.underwriting import NOTHING_KNOWN, ceiling_budget

# unnest keeps the order of its array, which is that of every writer: the fence by number, then what happens only once.
# One plan for all sizes of groups: planning anew would cost more than running, and would scan tables for large groups.
# The plan may have been made while a table was empty and reading all of it was cheap, so nothing here reads a table
# whole or joins to be planned the other way round: what is asked for is looked up by index, whatever the planner knew.
# What there is much of comes as lines of one text: a driver reads each value of each row by a call.
_FENCE = Statement(
    "spending_fence",
    """
SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
    set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), (
    SELECT count(CASE WHEN is_alone THEN pg_advisory_xact_lock(number) ELSE pg_advisory_xact_lock_shared(number) END)
    FROM unnest($3::bigint[], $4::boolean[]) AS lock(number, is_alone))
""",
)
_STATE = Statement(
    "spending_state",
    """
WITH budgets AS MATERIALIZED (
    SELECT id, ctid, held, captured, uses, last_used_at, cap FROM spending_budget
    WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE
)
SELECT 'budgets', string_agg(
    concat(id, ' ', ctid, ' ', held, ' ', captured, ' ', uses, ' ', cap, ' ', last_used_at), E'\\n') FROM budgets
UNION ALL SELECT 'links', string_agg(concat(l.id, ' ', l.status), E'\\n') FROM unnest($2::text[]) AS asked(id)
    CROSS JOIN LATERAL (SELECT x.id, x.status FROM delegation_delegation x WHERE x.id = asked.id LIMIT 1) AS l
UNION ALL SELECT 'agents', string_agg(concat(a.id, ' ', a.status, ' ', o.deplatformed_at <= $6::timestamptz, ' ',
    CASE WHEN asked.spends THEN json_build_array(o.assurance_level, t.score, t.band, t.is_throttled, t.insured_up_to,
        t.insurer, t.certificate, t.insured_actions, t.insured_until, t.bond, t.bond_until) END), E'\\n')
    FROM unnest($3::text[], $15::boolean[]) AS asked(id, spends)
    CROSS JOIN LATERAL (SELECT x.id, x.status, x.organization_id FROM agents_agent x WHERE x.id = asked.id LIMIT 1) AS a
    LEFT JOIN accounts_organization o ON o.id = a.organization_id
    LEFT JOIN spending_agentterms t ON t.agent_id = CASE WHEN asked.spends THEN a.id END
UNION ALL SELECT 'deplatformed', id FROM accounts_organization
    WHERE id = ANY($4::text[]) AND deplatformed_at <= $6::timestamptz
UNION ALL SELECT 'frozen', principal_id FROM delegation_principalfreeze WHERE principal_id = ANY($4::text[])
UNION ALL SELECT 'keys', string_agg(concat(thumbprint, ' ', agent_id), E'\\n') FROM agents_verificationmethod
    WHERE thumbprint = ANY($5::text[]) AND revoked_at IS NULL AND valid_from <= $6::timestamptz
    AND (valid_until IS NULL OR valid_until > $6::timestamptz)
UNION ALL SELECT 'nonce', concat(n.agent, ' ', n.nonce)
    FROM unnest($7::text[], $8::text[]) AS asked(agent, nonce) CROSS JOIN LATERAL (
        SELECT u.agent, u.nonce FROM spending_intentnonce u
        WHERE u.agent = asked.agent AND u.nonce = asked.nonce LIMIT 1) AS n
UNION ALL SELECT 'vendor', concat(a.id, ' ', json_build_array(a.did, a.status, v.mcc, v.country, v.domains,
    v.assurance_level, v.cluster, a.organization_id))
    FROM unnest($9::text[]) AS asked(id)
    CROSS JOIN LATERAL (SELECT x.* FROM agents_vendor x WHERE x.agent_id = asked.id LIMIT 1) AS v
    CROSS JOIN LATERAL (SELECT x.* FROM agents_agent x WHERE x.id = asked.id LIMIT 1) AS a
UNION ALL SELECT 'answered', d.caller_key FROM unnest($10::text[]) AS asked(caller_key)
    CROSS JOIN LATERAL (SELECT x.caller_key FROM spending_decision x WHERE x.caller_key = asked.caller_key LIMIT 1) AS d
UNION ALL SELECT 'expired', root FROM spending_authorization
    WHERE root = ANY($11::text[]) AND state <> 'closed' AND expires_at <= $6::timestamptz
UNION ALL SELECT 'signer', concat(fragment, ' ', encode(private_key_encrypted, 'hex')) FROM credentials_issuerkey
    WHERE is_current AND algorithm = 'Ed25519'
UNION ALL SELECT 'caller', concat(id, ' ', organization_id) FROM accounts_servicekey
    WHERE id = ANY($12::text[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $6::timestamptz)
    AND $13 = ANY(scopes) AND last_used_at > $14::timestamptz
""",
)
_KNOWN_PAYEES = Statement(
    "spending_known_payees",
    """
SELECT asked.root, asked.vendor FROM unnest($1::text[], $2::text[]) AS asked(root, vendor) CROSS JOIN LATERAL (
    SELECT 1 FROM spending_authorization a WHERE a.root = asked.root AND a.vendor = asked.vendor
    AND NOT (a.state = 'closed' AND a.captured = 0) LIMIT 1) AS one
""",
)
_ADD_BUDGETS = """
INSERT INTO spending_budget
    (id, currency, cap, held, captured, held_elevated, captured_elevated, "over", uses_max, uses, uses_elevated)
SELECT id, currency, cap, 0, 0, 0, 0, 0, uses_max, 0, 0
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS wanted(id, currency, cap, uses_max)
ORDER BY id COLLATE "C" ON CONFLICT DO NOTHING
"""
_RECENT = Statement(
    "spending_recent",
    """
SELECT asked.budget, recent.amount, recent.uses
FROM unnest($1::text[], $2::timestamptz[]) AS asked(budget, since) CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.held + p.captured), 0)::bigint AS amount, coalesce(sum(p.uses), 0)::bigint AS uses
    FROM spending_posting p WHERE p.budget = asked.budget AND p.counted_at > asked.since AND NOT p.is_elevated
) AS recent
""",
)
_GROWING = """
SELECT id, vendor, agent, path, currency, amount, open, state, expires_at, budgets_elevated <> '{}', action
FROM spending_authorization WHERE id = ANY(%s::text[]) ORDER BY id FOR NO KEY UPDATE
"""
# The ceiling of a day changed since its row was made. What was used before a lower one stays within the row's cap.
_MOVE_CAPS = """
UPDATE spending_budget AS b SET cap = greatest(wanted.cap, b.held + b.captured)
FROM unnest(%s::text[], %s::bigint[]) AS wanted(id, cap) WHERE b.id = wanted.id RETURNING b.id, b.ctid::text
"""
_APPROVALS = """
SELECT p.id, CASE WHEN p.state = 'pending' AND p.expires_at <= %s THEN 'expired' ELSE p.state END,
    p.binding_digest, e.max_amount, e.lifts, e.valid_until, e.consumed_by IS NOT NULL, e.id
FROM spending_approval p LEFT JOIN spending_elevation e ON e.approval_id = p.id WHERE p.id = ANY(%s::text[])
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The budgets a group touches: ids with what a new row begins with, and how far back some of them look.
    ``ceilings`` are those whose cap follows from the terms of an agent: its id, and the instant that is counted."""

    new_rows: dict[str, tuple[str, int | None, int | None]]
    since: dict[str, datetime]
    spaced: set[str]
    ceilings: dict[str, tuple[str, datetime]]


def wanted_budgets(attempts: Sequence[Attempt]) -> Wanted:
    new_rows: dict[str, tuple[str, int | None, int | None]] = {}
    since: dict[str, datetime] = {}
    spaced: set[str] = set()
    ceilings: dict[str, tuple[str, datetime]] = {}
    for attempt in attempts:
        request = attempt.request
        reach = attempt.chain.reach(request.currency, request.counted_at)
        new_rows.update(reach.new_rows)
        spaced.update(reach.spaced)
        for budget, seconds in reach.looking_back:
            start = request.at - timedelta(seconds=seconds)
            since[budget] = min(start, since.get(budget, start))
        day = ceiling_budget(attempt.agent, request.counted_at)
        new_rows[day] = (CEILING_CURRENCY, None, None)
        ceilings[day] = (attempt.agent, request.at)
    return Wanted(new_rows, since, spaced, ceilings)


def look(connection: Connection[Any], attempts: Sequence[Attempt]) -> Sight:
    """Read and lock what the group needs, in the transaction that ``connection`` is in."""
    wanted = wanted_budgets(attempts)
    vendors = sorted({attempt.request.vendor for attempt in attempts})
    asked = _asked(attempts, wanted, vendors)
    sight = Sight()
    _, rows = run(connection, (_FENCE, _locks(attempts, vendors)), (_STATE, asked), begins=True)
    note_state(rows, wanted.spaced, sight)
    cursor = Cursor(connection)
    if len(sight.budgets) < len(wanted.new_rows):
        _add_budgets(cursor, wanted, sight)
        note_state(run(connection, (_STATE, asked))[0], wanted.spaced, sight)
    _move_caps(cursor, wanted, sight)
    _read_more(connection, cursor, attempts, wanted, sight)
    return sight


def _locks(attempts: Sequence[Attempt], vendors: Sequence[str]) -> list[bytes]:
    """Stops, besides what the fence stops: two requests with one idempotency key, one intent used twice and one
    approval used twice, on whatever processes, by letting the second wait for the first."""
    fence = {number for attempt in attempts for number in attempt.chain.fence}.union(map(_vendor_lock, vendors))
    once = {once_number(key) for attempt in attempts for key in _once(attempt)}
    numbers, are_alone = plain([*sorted(fence), *sorted(once)]), plain(["f"] * len(fence) + ["t"] * len(once))
    return [b"%dms" % LOCK_TIMEOUT_MS, b"%dms" % STATEMENT_TIMEOUT_MS, numbers.encode(), are_alone.encode()]


def _once(attempt: Attempt) -> list[str]:
    keys = [] if attempt.is_dry_run else [attempt.nonce_key]
    return keys + [key for key in (attempt.caller_key, attempt.request.approval) if key]


@lru_cache(maxsize=100_000)
def _vendor_lock(vendor: str) -> int:
    return lock_number(vendor)


def once_number(key: str) -> int:
    """The advisory lock of something that happens once; two with one number only wait for each other."""
    return int.from_bytes(sha256(b"once:" + key.encode()).digest()[:8], signed=True)


def _asked(attempts: Sequence[Attempt], wanted: Wanted, vendors: Sequence[str]) -> list[bytes]:
    """The parameters of ``_STATE``."""
    at = max(attempt.request.at for attempt in attempts)
    agents = {agent for attempt in attempts for agent in attempt.chain.agents}
    spenders = {attempt.agent for attempt in attempts}
    columns = [
        plain(wanted.new_rows),
        plain({link for attempt in attempts for link in attempt.chain.path}),
        plain(agents),
        plain({attempt.chain.principal for attempt in attempts}),
        quoted({attempt.request.key_thumbprint for attempt in attempts}),
        at.isoformat(),
        plain([attempt.agent for attempt in attempts]),
        quoted([attempt.request.nonce for attempt in attempts]),
        quoted(vendors),
        quoted([attempt.caller_key for attempt in attempts if attempt.caller_key]),
        plain({attempt.chain.root.id for attempt in attempts if attempt.chain.counted}),
        plain({attempt.service_key for attempt in attempts if attempt.service_key}),
        Permission.AUTHORIZATIONS_WRITE.value,
        (at - timedelta(seconds=LAST_USED_RESOLUTION_SECONDS)).isoformat(),
        plain(["t" if agent in spenders else "f" for agent in agents]),
    ]
    return [column.encode() for column in columns]


def _add_budgets(cursor: Cursor[Any], wanted: Wanted, sight: Sight) -> None:
    """The rows of windows that begin. Those of a racing group are waited for; a ring of waiting is PostgreSQL's to
    find, and then each request is decided alone."""
    rows = [(budget, *row) for budget, row in sorted(wanted.new_rows.items()) if budget not in sight.budgets]
    ids, currencies, caps, uses = zip(*rows, strict=True)
    cursor.execute(_ADD_BUDGETS, [plain(ids), quoted(currencies), plain(caps), plain(uses)])


def _move_caps(cursor: Cursor[Any], wanted: Wanted, sight: Sight) -> None:
    """Let the caps of the agents' days follow their terms: nearly always they do, and nothing is sent."""
    moved = {}
    for budget, (agent, at) in wanted.ceilings.items():
        seen = sight.budgets[budget]
        cap = max(sight.terms.get(agent, NOTHING_KNOWN).ceiling(None, at), seen.held + seen.captured)
        if seen.cap != cap:
            moved[budget] = seen.cap = cap
    if moved:
        for budget, place in cursor.execute(_MOVE_CAPS, [quoted(moved), plain(moved.values())]):
            sight.places[budget] = place.encode()


def _read_more(
    connection: Connection[Any], cursor: Cursor[Any], attempts: Sequence[Attempt], wanted: Wanted, sight: Sight
) -> None:
    """What few groups need; each reads after the locks that make it true."""
    if sight.repeated:
        sight.answered = Decision.objects.in_bulk(list(sight.repeated), field_name="caller_key")
    payees = [(a.chain.root.id, a.request.vendor) for a in attempts if a.chain.asks_about_payee]
    if payees:
        roots, vendors = zip(*payees, strict=True)
        (known,) = run(connection, (_KNOWN_PAYEES, [plain(roots).encode(), quoted(vendors).encode()]))
        sight.known_payees.update((root.decode(), vendor.decode()) for root, vendor in known)
    if wanted.since:
        since = plain(instant.isoformat() for instant in wanted.since.values())
        (recent,) = run(connection, (_RECENT, [plain(wanted.since).encode(), since.encode()]))
        for budget, amount, uses in recent:
            seen = sight.budgets[budget.decode()]
            seen.recent_amount, seen.recent_uses = int(amount), int(uses)
    growing = sorted({attempt.increments for attempt in attempts if attempt.increments})
    if growing:
        sight.growing.update((row[0], row) for row in cursor.execute(_GROWING, [quoted(growing)]))
    approvals = sorted({attempt.request.approval for attempt in attempts if attempt.request.approval})
    if approvals:
        at = max(attempt.request.at for attempt in attempts)
        for row in cursor.execute(_APPROVALS, [at, quoted(approvals)]):
            sight.approvals[row[0]] = _approval(row)


def _approval(row: tuple[Any, ...]) -> ApprovalSeen:
    if row[7] is None:
        return ApprovalSeen(row[0], row[1], row[2])
    return ApprovalSeen(row[0], row[1], row[2], row[3], frozenset(row[4]), row[5], row[6], row[7])
