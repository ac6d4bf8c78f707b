"""Synthetic agents, each with a key, a name and two records, seeded by COPY. The triggers are off meanwhile: what they
would have kept is filled in sets afterwards."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg

from identity.primitives.base58btc import encode

NAME = "agent-{:07d}.bench"
CAPABILITIES = [f"capability-{number}" for number in range(200)]
CHUNK = 50_000
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
ORGANIZATION = "org_00000000000000000000000000"
ZONE = "zon_00000000000000000000000000"

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LISTING_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'directory_listing' AND indexdef LIKE '%gin%'"
)


def seed(url: str, *, first: int, last: int, listings: bool = False) -> None:
    """Add the agents numbered ``first`` to ``last``. ``url`` is the database's."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        _parties(connection)
        connection.commit()
        for start in range(first, last + 1, CHUNK):
            numbers = range(start, min(start + CHUNK, last + 1))
            _agents(connection, numbers)
            _keys(connection, numbers)
            _names(connection, numbers)
            connection.commit()
            print(f"  seeded {numbers.stop - 1:,} agents", file=sys.stderr, flush=True)
        if listings:
            _listings(connection)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def name_of(number: int) -> str:
    return NAME.format(number)


def agent_id(number: int) -> str:
    return f"agt_{_base32(number)}"


def _parties(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO accounts_organization (id, kind, name, country, website, assurance_level, created_at) "
        "VALUES (%s, 'organization', 'Bench', 'DE', '', 1, %s) ON CONFLICT DO NOTHING",
        [ORGANIZATION, STARTED],
    )
    connection.execute(
        "INSERT INTO directory_zone (id, label, kind, skeleton, organization_id, created_at) "
        "VALUES (%s, 'bench', 'registered', 'bench', %s, %s) ON CONFLICT DO NOTHING",
        [ZONE, ORGANIZATION, STARTED],
    )


def _agents(connection: psycopg.Connection, numbers: range) -> None:
    _copy(connection, "agents_agent", {
        "id": None, "did": None, "kind": "hosted", "organization_id": ORGANIZATION, "display_name": None,
        "description": None, "capabilities": None, "homepage": "https://bench.example", "status": "active",
        "status_reason": "", "status_changed_at": STARTED, "suspended_by": "", "origin": "", "origin_id": "",
        "origin_digest": "", "created_at": STARTED,
    }, ({
        "id": agent_id(number),
        "did": f"did:web:localhost%3A8000:agents:{agent_id(number)}",
        "display_name": f"Bench agent {number}",
        "description": f"Synthetic agent number {number} that answers to questions about {number % 977} things.",
        "capabilities": random.Random(number).sample(CAPABILITIES, 4),
    } for number in numbers))  # fmt: skip
    connection.execute(
        "INSERT INTO resolution_subject (agent_id, epoch) SELECT id, 1 FROM agents_agent WHERE id BETWEEN %s AND %s "
        "ON CONFLICT DO NOTHING",
        [agent_id(numbers[0]), agent_id(numbers[-1])],
    )


def _keys(connection: psycopg.Connection, numbers: range) -> None:
    _copy(connection, "agents_verificationmethod", {
        "id": None, "agent_id": None, "fragment": "key-1", "multikey": None, "algorithm": "Ed25519",
        "thumbprint": None, "purposes": ["authentication", "assertionMethod"], "valid_from": STARTED,
        "revoked_reason": "",
    }, ({
        "id": f"vmt_{_base32(number)}",
        "agent_id": agent_id(number),
        "multikey": "z" + encode(b"\xed\x01" + number.to_bytes(32)),
        "thumbprint": f"bench-{number}",
    } for number in numbers))  # fmt: skip


def _names(connection: psycopg.Connection, numbers: range) -> None:
    _copy(connection, "directory_name", {
        "id": None, "fqn": None, "zone_id": ZONE, "skeleton": None, "agent_id": None, "ttl_seconds": 300,
        "statuses": [], "registered_at": STARTED,
    }, ({
        "id": f"nam_{_base32(number)}", "fqn": name_of(number), "skeleton": name_of(number),
        "agent_id": agent_id(number),
    } for number in numbers))  # fmt: skip
    _copy(connection, "directory_resourcerecord", {
        "id": None, "name_id": None, "type": None, "value": None, "ttl_seconds": 300,
    }, ({
        "id": f"rec_{_base32(number * 2 + place)}", "name_id": f"nam_{_base32(number)}", "type": kind,
        "value": f"https://bench.example/{number}/{kind.lower()}",
    } for number in numbers for place, kind in enumerate(("A2A", "MCP"))))  # fmt: skip


def _listings(connection: psycopg.Connection) -> None:
    """What the search's triggers would have kept, with its large indexes built once at the end."""
    indexes = connection.execute(_LISTING_INDEXES).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("SET maintenance_work_mem = '1GB'")
    ids = [row[0] for row in connection.execute("SELECT id FROM agents_agent ORDER BY id")]
    for start in range(0, len(ids), CHUNK):
        connection.execute("SELECT refresh_listings(%s)", [ids[start : start + CHUNK]])
        connection.commit()
        print(f"  listed {min(start + CHUNK, len(ids)):,} agents", file=sys.stderr, flush=True)
    for _, definition in indexes:
        connection.execute(definition)
    connection.commit()


def _copy(
    connection: psycopg.Connection, table: str, columns: dict[str, object], rows: Iterator[dict[str, object]]
) -> None:
    """COPY ``rows`` over the defaults in ``columns``, with an empty value for every other column that needs one."""
    names = list(columns) + _other_required(connection, table, columns)
    with connection.cursor().copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row.get(name, columns.get(name, "")) for name in names])


def _other_required(connection: psycopg.Connection, table: str, columns: dict[str, object]) -> list[str]:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO' "
        "AND column_default IS NULL AND is_generated = 'NEVER'",
        [table],
    )
    return [name for (name,) in found if name not in columns]


def _base32(number: int) -> str:
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))
