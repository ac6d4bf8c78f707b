"""What a step after the decision reads: the authorizations it is about, locked, and what it rests on, in one trip.

The order of locks is that of every writer: the fence, then budgets by id, then the authorization. Each statement of the
trip has a snapshot of its own (READ COMMITTED), so what is read after a lock is what stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

import orjson
from django.db import connection, models

from identity.agents.fence import lock_number
from identity.credentials.issuers import current_signer, registry_signer
from identity.delegation.models import Delegation
from identity.primitives.round_trip import Parameters, Row, Statement, run
from identity.primitives.signing import Signer
from identity.spending.array_text import plain, text_array
from identity.spending.models import Authorization, Decision, Settlement
from identity.spending.receipt import receipt_of

# As ``_FENCE`` of ``ledger_reads``, whose note says why plans are forced; but a step waits as long as it takes.
_FENCE = Statement(
    "hold_fence",
    """
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), (
    SELECT count(pg_advisory_xact_lock_shared(number)) FROM unnest($1::bigint[]) AS lock(number))
""",
)
# The links of the authorization's path and every link that took the place of one of them, with their agents.
# UNION, not UNION ALL: it ends however the rows were linked. At most one link replaces another; LIMIT says so to the
# planner, which then looks each one up.
_LINE = """
WITH RECURSIVE line AS (
    SELECT d.id, d.agent_id, d.status, d.status_reason, d.on_revocation FROM delegation_delegation d
    WHERE d.id = ANY(ARRAY(SELECT unnest(a.path) FROM spending_authorization a WHERE a.id = $1))
    UNION SELECT link.id, link.agent_id, link.status, link.status_reason, link.on_revocation
    FROM line CROSS JOIN LATERAL (
        SELECT x.id, x.agent_id, x.status, x.status_reason, x.on_revocation
        FROM delegation_delegation x WHERE x.replaces_id = line.id LIMIT 1) AS link
)
"""
_GLIMPSE = Statement(
    "hold_glimpse",
    f"""{_LINE}
SELECT a.vendor, array_to_string(ARRAY(SELECT id FROM line) || ARRAY(SELECT agent_id FROM line) || a.principal, ',')
FROM spending_authorization a WHERE a.id = $1
""",  # noqa: S608 - our own words
    binary=frozenset({0}),
)
_BUDGETS = Statement(
    "hold_budgets",
    """
SELECT b.id FROM spending_budget b WHERE b.id = ANY(ARRAY(
    SELECT unnest(a.budgets || a.budgets_elevated || a.budgets_restored)
    FROM spending_authorization a WHERE a.id = ANY($1::text[])))
ORDER BY b.id FOR NO KEY UPDATE
""",
    binary=frozenset({0}),
)
_HOLDS = Statement(
    "hold_rows",
    """
SELECT row_to_json(a) FROM spending_authorization a WHERE a.id = ANY($1::text[]) ORDER BY a.id FOR NO KEY UPDATE
""",
    binary=frozenset({0}),
)
_SIGNER = Statement(
    "hold_signer",
    """
SELECT fragment, encode(private_key_encrypted, 'hex') FROM credentials_issuerkey
WHERE is_current AND algorithm = 'Ed25519'
""",
)
# What the first step's receipt refers to. The record is canonical JSON, so it is text.
_DECISIONS = Statement(
    "hold_decisions",
    """
SELECT a.id, d.id, convert_from(d.record, 'UTF8'), d.signed_by, d.receipt
FROM spending_authorization a CROSS JOIN LATERAL (
    SELECT x.* FROM spending_decision x WHERE x.id = a.decision LIMIT 1) AS d
WHERE a.id = ANY($1::text[]) AND a.receipt_digest = ''
""",
    binary=frozenset({0}),
)
_BEFORE = Statement(
    "hold_step_before",
    """
SELECT row_to_json(s) FROM spending_settlement s WHERE s.authorization_id = $1 AND s.kind = $2 AND s.reference = $3
""",
    binary=frozenset({0, 1, 2}),
)
_STANDING = Statement(
    "hold_standing",
    f"""{_LINE}
SELECT line.id, line.status, line.status_reason, line.on_revocation, g.status
FROM line LEFT JOIN LATERAL (SELECT x.status FROM agents_agent x WHERE x.id = line.agent_id LIMIT 1) AS g ON true
UNION ALL SELECT f.principal_id, NULL, NULL, NULL, NULL FROM delegation_principalfreeze f
WHERE f.principal_id = (SELECT a.principal FROM spending_authorization a WHERE a.id = $1)
""",  # noqa: S608 - our own words
    binary=frozenset({0}),
)

Question = tuple[Statement, Parameters]
M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What never changes of an authorization, and whose standing it rests on: ids to share the fences of."""

    vendor: str
    rests_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A locked authorization. ``before`` is the step that carried the asked reference; ``links`` (with the standing
    of each one's agent) and ``is_frozen`` are known when the fence was shared."""

    authorization: Authorization
    signer: Signer
    before: Settlement | None = None
    links: tuple[tuple[Delegation, str], ...] = ()
    is_frozen: bool = False


def glimpse(authorization_id: str) -> Glimpse | None:
    """Look without a lock, to know which ones to take."""
    _, rows = _ask((_FENCE, [b"{}"]), (_GLIMPSE, [authorization_id.encode()]))
    return Glimpse(rows[0][0].decode(), tuple(rows[0][1].decode().split(","))) if rows else None


def lock_hold(
    authorization_id: str, *, rests_on: Sequence[str] = (), earlier: tuple[str, str] | None = None
) -> Held | None:
    """The authorization and its budgets, locked until the transaction ends; with ``rests_on``, their fences shared
    before that. ``earlier`` is the kind and the reference of a step that may have been taken. None if there is none."""
    name = authorization_id.encode()
    more: list[Question] = []
    if earlier is not None:
        more.append((_BEFORE, [name, *(text.encode() for text in earlier)]))
    if rests_on:
        more.append((_STANDING, [name]))
    holds, signer, answers = _lock([authorization_id], rests_on, more)
    if not holds:
        return None
    standing = answers.pop() if rests_on else []
    before = _loaded(Settlement, answers[0][0][0]) if earlier is not None and answers[0] else None
    if before is not None:
        before.authorization = holds[0]
    links = tuple(_link(row) for row in standing if row[1] is not None)
    return Held(holds[0], signer, before, links, is_frozen=len(links) < len(standing))


def lock_holds(ids: Sequence[str]) -> tuple[list[Authorization], Signer]:
    """Many, in the order of their ids, and what signs their receipts."""
    return _lock(ids, (), [])[:2]


def _lock(
    ids: Sequence[str], rests_on: Sequence[str], more: Sequence[Question]
) -> tuple[list[Authorization], Signer, list[list[Row]]]:
    names = [text_array(ids)]
    fence = plain(sorted(set(map(lock_number, rests_on)))).encode()
    _, locked, rows, key, decisions, *answers = _ask(
        (_FENCE, [fence]), (_BUDGETS, names), (_HOLDS, names), (_SIGNER, []), (_DECISIONS, names), *more
    )
    signer = _signer(key)
    holds = _with_receipts([_loaded(Authorization, row[0]) for row in rows], decisions, signer)
    if _budgets_of(holds) - {row[0].decode() for row in locked}:
        _ask((_BUDGETS, names))  # their usage was carried to a replacing delegation a moment ago
    return holds, signer, answers


def _with_receipts(holds: list[Authorization], decisions: Sequence[Row], signer: Signer) -> list[Authorization]:
    """Those of which no step was taken yet refer to the receipt of their decision."""
    digests = {}
    for hold, name, record, signed_by, kept in decisions:
        decision = Decision(
            id=name.decode(), record=record, signed_by=signed_by.decode(), kept_receipt=kept and kept.decode()
        )
        digests[hold.decode()] = sha256(receipt_of(decision, in_charge=signer).encode()).hexdigest()
    for one in holds:
        one.receipt_digest = digests.get(one.pk, one.receipt_digest)
    return holds


def _ask(*questions: Question) -> list[list[Row]]:
    if not connection.in_atomic_block:
        raise RuntimeError("locks need the transaction of the step that they are for")
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return run(connection.connection, *questions, begins=True)


def _budgets_of(holds: Iterable[Authorization]) -> set[str]:
    return {budget for one in holds for budget in (*one.budgets, *one.budgets_elevated, *one.budgets_restored)}


def _signer(rows: Sequence[Row]) -> Signer:
    if not rows:
        return current_signer()  # the first signature of this register makes the key
    fragment, sealed = rows[0]
    return registry_signer(fragment.decode(), bytes.fromhex(sealed.decode()))


def _link(row: Row) -> tuple[Delegation, str]:
    name, status, reason, on_revocation = [str(value, "utf-8") for value in row[:4]]
    agent = "" if row[4] is None else row[4].decode()
    return Delegation(id=name, status=status, status_reason=reason, on_revocation=on_revocation), agent


def _loaded(model: type[M], text: bytes) -> M:
    """The row as the framework would have loaded it."""
    row = orjson.loads(text)
    names, instants = _columns(model)
    for name in instants:
        row[name] = row[name] and datetime.fromisoformat(row[name])
    return model.from_db(connection.alias, names, [row[name] for name in names])


@lru_cache(maxsize=8)
def _columns(model: type[models.Model]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of all columns, and of those that hold an instant."""
    fields = model._meta.concrete_fields
    instants = tuple(field.attname for field in fields if isinstance(field, models.DateTimeField))
    return tuple(field.attname for field in fields), instants
