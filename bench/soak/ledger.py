"""The verdict: what clients were told and when authority ended, held against what the ledger says.

Every figure is a number of violations, so 0 everywhere is the promise. The ledger's own reconciliation is one of them;
the others do not trust it: they count from authorizations, from what clients saw, and from commit times.

What a round's clients saw concerns what was written since the round began, so that is all that is read for it: ids sort
by time. The reconciliation reads the whole ledger; ``is_whole`` says when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from identity.primitives.clock import now
from identity.primitives.ids import new_authorization_id, new_decision_id
from identity.spending.reconcile import reconcile

_SEEN = """
CREATE TEMP TABLE seen_answer
    (key text, decision text, verdict text, hold text, amount bigint, receipt text, record text);
CREATE TEMP TABLE seen_step (hold text, reference text, id text, kind text, amount bigint);
CREATE TEMP TABLE seen_void (hold text);
"""
_COLUMNS = {"A": ("seen_answer", 7), "S": ("seen_step", 5), "V": ("seen_void", 1)}

_OVER = """
SELECT count(*) FROM spending_budget
WHERE least(held, captured, held_elevated, captured_elevated, "over", uses, uses_elevated) < 0
    OR held + captured > cap OR uses > uses_max
"""
# Counted anew from the authorizations, beside the budgets: what is open or was kept below a link with a total.
_OVER_TOTAL = """
SELECT count(*) FROM (
    SELECT link.id FROM delegation_delegation link
    JOIN (SELECT unnest(path) AS link, open + captured - refunded AS kept FROM spending_authorization
          WHERE root = ANY(%(roots)s)) used ON used.link = link.id
    GROUP BY link.id, link.constraints
    HAVING sum(used.kept) > (jsonb_path_query_first(link.constraints, '$[*] ? (@.type == "total").amount'))::bigint
) beyond
"""
_LOST_ANSWER = """
SELECT count(*) FROM seen_answer s LEFT JOIN spending_decision d ON d.id = s.decision AND d.verdict = s.verdict
    AND encode(sha256(d.record), 'hex') = s.record AND d.id > %(decision)s
WHERE d.id IS NULL
"""
_LOST_APPROVAL = """
SELECT count(*) FROM seen_answer s
LEFT JOIN spending_authorization a ON a.id = s.hold AND a.decision = s.decision AND a.amount = s.amount
    AND a.id > %(authorization)s
WHERE s.verdict = 'approved' AND a.id IS NULL
"""
_LOST_STEP = """
SELECT count(*) FROM seen_step s LEFT JOIN spending_settlement t ON t.id = s.id AND t.authorization_id = s.hold
    AND t.kind = s.kind AND t.amount = s.amount AND t.reference = s.reference
    AND t.authorization_id > %(authorization)s
WHERE t.id IS NULL
"""
_LOST_VOID = """
SELECT count(*) FROM seen_void s LEFT JOIN spending_authorization a ON a.id = s.hold AND a.state = 'closed'
    AND a.id > %(authorization)s
WHERE a.id IS NULL
"""
_TWO_ANSWERS = (
    "SELECT count(*) FROM (SELECT key FROM seen_answer GROUP BY key HAVING count(DISTINCT receipt) > 1) twice"
)
# Every call was answered in the end, so each effect in the ledger is one that a client was told of, under one key.
_UNTOLD_APPROVAL = """
SELECT count(*) FROM spending_authorization a
LEFT JOIN (SELECT hold, count(DISTINCT key) AS keys FROM seen_answer GROUP BY hold) s ON s.hold = a.id
WHERE a.root = ANY(%(roots)s) AND s.keys IS DISTINCT FROM 1
"""
_UNTOLD_STEP = """
SELECT count(*) FROM spending_settlement t JOIN spending_authorization a ON a.id = t.authorization_id
LEFT JOIN (SELECT DISTINCT hold, reference, kind FROM seen_step) s
    ON (s.hold, s.reference, s.kind) = (t.authorization_id, t.reference, t.kind)
WHERE a.root = ANY(%(roots)s) AND t.authorization_id > %(authorization)s AND t.kind IN ('capture', 'refund')
    AND s.hold IS NULL
"""
_TWICE_STEP = """
SELECT count(*) FROM (SELECT authorization_id, reference, kind FROM spending_settlement
    WHERE reference IS NOT NULL AND authorization_id > %(authorization)s
    GROUP BY authorization_id, reference, kind HAVING count(*) > 1) twice
"""
# A standing is ended from the commit that ended it to the commit that brought it back.
_ENDED = """
WITH turn AS (
    SELECT subject, stops, at AS began, lead(at) OVER (PARTITION BY subject ORDER BY at) AS ended
    FROM (SELECT subject, stops, pg_xact_commit_timestamp(xmin) AS at FROM soak_stop) s
), ended_link AS (
    SELECT d.id AS link, turn.began, coalesce(turn.ended, 'infinity') AS ended
    FROM turn JOIN delegation_delegation d ON turn.subject IN (d.id, d.agent_id, d.principal_id)
    WHERE turn.stops AND d.root_id = ANY(%(roots)s) AND coalesce(turn.ended, 'infinity') > %(began)s
), used AS (
    SELECT a.id, unnest(a.path) AS link FROM spending_authorization a WHERE a.root = ANY(%(roots)s)
)
"""
_APPROVED_AFTER = f"""{_ENDED}
SELECT count(DISTINCT d.id) FROM used JOIN ended_link e USING (link)
JOIN spending_decision d ON d."authorization" = used.id AND d.verdict = 'approved' AND d.id > %(decision)s
WHERE pg_xact_commit_timestamp(d.xmin) > e.began AND pg_xact_commit_timestamp(d.xmin) < e.ended
"""
_CAPTURED_AFTER = f"""{_ENDED}
SELECT count(DISTINCT t.id) FROM used JOIN ended_link e USING (link)
JOIN spending_settlement t ON t.authorization_id = used.id AND t.kind = 'capture'
    AND t.authorization_id > %(authorization)s
WHERE pg_xact_commit_timestamp(t.xmin) > e.began AND pg_xact_commit_timestamp(t.xmin) < e.ended
"""

_FULL = """
SELECT count(*) FROM spending_budget WHERE cap - held - captured < %(amount)s OR uses_max - uses = 0
"""
# Events without a place are not sequenced yet.
_UNREAD = """
SELECT (SELECT count(*) FROM journal_event WHERE position IS NULL)
    + coalesce((SELECT max(position) FROM journal_event) - (SELECT min(position) FROM journal_readercursor), 0)
"""

_CHECKS = {
    "a budget beyond its cap, or below zero": _OVER,
    "a delegation used beyond its total, counted from authorizations": _OVER_TOTAL,
    "an answer that a client saw and the ledger does not know": _LOST_ANSWER,
    "an approval that a client saw and nothing is held for": _LOST_APPROVAL,
    "a capture or refund that a client saw and the ledger does not know": _LOST_STEP,
    "a void that a client saw and the authorization is open": _LOST_VOID,
    "one key with two answers": _TWO_ANSWERS,
    "an authorization that no key, or more than one, was told of": _UNTOLD_APPROVAL,
    "a capture or refund that no client was told of": _UNTOLD_STEP,
    "a capture or refund booked twice": _TWICE_STEP,
}
_COMMIT_TIME_CHECKS = {
    "an approval committed after a standing ended": _APPROVED_AFTER,
    "a capture committed after a standing ended": _CAPTURED_AFTER,
}


@dataclass(frozen=True, slots=True)
class Since:
    """A moment before the first purchase that is judged, also as ids: what is older is not read again."""

    began: datetime
    decision: str
    authorization: str


EVER = Since(datetime.min.replace(tzinfo=UTC), "", "")


def this_moment() -> Since:
    """Before any purchase that begins from now on."""
    return Since(now(), new_decision_id(), new_authorization_id())


def judge(
    notes: Sequence[Path],
    *,
    roots: Sequence[str],
    since: Since = EVER,
    is_whole: bool = True,
    with_commit_times: bool = True,
) -> dict[str, int]:
    """Violations by their names, of everything below ``roots``, which nobody used before ``since``. ``notes`` are what
    the clients wrote. With ``is_whole`` the ledger also reconciles itself, all that was ever written.
    Commit times need a server that keeps them (``track_commit_timestamp``) and the table of ``stops``."""
    lines = [line.rstrip("\n").split("\t") for path in notes for line in path.read_text().splitlines()]
    connection.ensure_connection()
    raw = connection.connection
    _load(raw, lines)
    raw.execute("ANALYZE")  # much was written since the server looked last: a join in the wrong order takes minutes
    parameters = {"roots": list(roots), **asdict(since)}
    checks = _CHECKS | (_COMMIT_TIME_CHECKS if with_commit_times else {})
    found = {"what the ledger's own reconciliation found": len(reconcile()) if is_whole else 0}
    found |= {name: _count(raw, statement, parameters) for name, statement in checks.items()}
    found["a call answered in a way that no call may be"] = sum(line[0] == "X" for line in lines)
    return found


def full_budgets(amount: int) -> int:
    """Budgets that have no room for a purchase of ``amount``: whether the caps were in anybody's way."""
    connection.ensure_connection()
    return _count(connection.connection, _FULL, {"amount": amount})


def unread_events() -> int:
    """How far the journal's readers are behind: what the processes that may lag have not come to yet."""
    connection.ensure_connection()
    return _count(connection.connection, _UNREAD, {})


def spoken(notes: Sequence[Path]) -> list[list[str]]:
    """The answers that no call may get, for a person to read."""
    return [line.split("\t")[1:] for path in notes for line in path.read_text().splitlines() if line.startswith("X\t")]


def _load(raw: psycopg.Connection[Any], lines: Iterable[list[str]]) -> None:
    with psycopg.ClientCursor(raw) as cursor:
        cursor.execute("DROP TABLE IF EXISTS seen_answer, seen_step, seen_void")
        cursor.execute(_SEEN)
        rows: dict[str, list[list[str]]] = {name: [] for name in _COLUMNS}
        for line in lines:
            if line[0] in rows:
                rows[line[0]].append(line[1:])
        for name, (table, width) in _COLUMNS.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows[name]:
                    if len(row) != width:
                        raise ValueError(f"a torn line of notes: {row}")
                    copy.write_row([None if value == "-" else value for value in row])
            cursor.execute(f"ANALYZE {table}")


def _count(raw: psycopg.Connection[Any], statement: str, parameters: dict[str, Any]) -> int:
    with psycopg.Cursor(raw) as cursor:
        row = cursor.execute(statement, parameters if "%(" in statement else None).fetchone()
    assert row is not None
    return int(row[0])
