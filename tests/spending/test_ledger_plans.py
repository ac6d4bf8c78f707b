"""The ledger's statements are planned once a connection, perhaps while a table is still empty: then too they must find
each row by an index, since the plan stays until the table is analyzed again and the table grows meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.db import connection

from identity.primitives.round_trip import Statement
from identity.spending import group_writes, hold_reads, ledger_reads, ledger_writes, step_writes

GROWING = ("spending_budget", "spending_decision", "spending_authorization", "spending_intentnonce")
GROWING += ("spending_elevation", "spending_posting", "delegation_delegation", "agents_agent", "agents_vendor")
GROWING += ("spending_settlement", "delegation_principalfreeze")
STATEMENTS = [
    ledger_reads._STATE,
    ledger_reads._KNOWN_PAYEES,
    ledger_reads._RECENT,
    group_writes._WRITE,
    ledger_writes._POST,
    hold_reads._GLIMPSE,
    hold_reads._BUDGETS,
    hold_reads._HOLDS,
    hold_reads._DECISIONS,
    hold_reads._BEFORE,
    hold_reads._STANDING,
    step_writes._WRITE,
]
WRITES = (group_writes._WRITE, ledger_writes._POST, step_writes._WRITE)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_a_plan_made_for_empty_tables_reads_no_table_whole(statement: Statement) -> None:
    assert _read_whole(statement) == []


@pytest.mark.django_db
def test_a_plan_made_for_tables_of_dead_rows_reads_no_table_whole(nordlicht: Any) -> None:
    """An index that stayed small while others swelled looks cheaper to read whole than one that finds ten rows."""
    copies = """
    INSERT INTO agents_agent SELECT (jsonb_populate_record(a, jsonb_build_object('id', 'agt_' || n, 'did', n))).*
    FROM agents_agent a CROSS JOIN generate_series(1, 2000) n WHERE a.id = %s"""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        cursor.execute(copies, [nordlicht.pk])
        cursor.execute("ROLLBACK TO SAVEPOINT before")
    assert _read_whole(ledger_reads._STATE) == []


def _read_whole(statement: Statement) -> list[tuple[str, str | None]]:
    """The tables, with the index if there is one, that the plan reads without a condition."""
    with connection.cursor() as cursor:
        for table in GROWING:
            cursor.execute(f"ANALYZE {table}")
        cursor.execute(
            ledger_reads._FENCE.sql.replace("$1", "'1s'")
            .replace("$2", "'1s'")
            .replace("$3", "'{}'")
            .replace("$4", "'{}'")
        )
        plan = _plan_of(cursor, statement)
    scans = [
        node for node in _nodes(plan) if node.get("Relation Name") in GROWING and node["Node Type"] != "ModifyTable"
    ]
    assert scans or statement in WRITES
    return [(node["Relation Name"], node.get("Index Name")) for node in scans if not _is_by_index(node)]


def _plan_of(cursor: Any, statement: Statement) -> dict[str, Any]:
    cursor.execute("EXPLAIN (GENERIC_PLAN, FORMAT JSON) " + statement.sql.replace("%", "%%"))
    (found,) = cursor.fetchone()
    value = orjson.loads(found) if isinstance(found, str) else found
    return dict(value[0]["Plan"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _is_by_index(node: dict[str, Any]) -> bool:
    """A bitmap of the heap follows from the condition of the index below it."""
    return bool({"Index Cond", "Recheck Cond", "TID Cond"} & node.keys())
