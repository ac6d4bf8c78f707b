"""Scores: everybody's computed anew from 1,000,000 receipts of 100,000 agents, and one agent's after a change."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from bench.database import bench_database
from bench.synthetic import agent_id, seed
from bench.workers import Worker, ask, ask_each, workers

WORKERS = 2
ROUNDS = 3
RECEIPTS_AN_AGENT = 10
AGENTS_AN_ORGANIZATION = 5
VENDOR_EVERY = 50  # each fiftieth agent sells
CASE_EVERY = 20  # each twentieth has an upheld case, which the new agents of its organization carry too
BUSY_RECEIPTS = 2_000  # what the first agent has beside what every other has
REFRESHES = 200


def run(*, short: bool) -> dict[str, list[float]]:
    """``scores.all_seconds`` is the wall time of two workers, each with half of the agents, every row written;
    ``scores.one_ms`` one agent's refresh, committed, ``scores.busy_ms`` that of one with 2,010 receipts, medians."""
    agents = 2_000 if short else 100_000
    figures: dict[str, list[float]] = {"scores.all_seconds": [], "scores.one_ms": [], "scores.busy_ms": []}
    with bench_database() as environment:
        seed(environment["DATABASE_URL"], first=1, last=agents)
        _seed_evidence(environment["DATABASE_URL"], agents)
        with workers("scores_probe", environment, count=WORKERS) as each:
            for number in range(1 if short else ROUNDS):
                _round(each, agents, number, figures)
    return figures


def _round(each: list[Worker], agents: int, number: int, figures: dict[str, list[float]]) -> None:
    """A day later each time, so that every score is another and every row is written."""
    bounds = [agent_id(agents * share // WORKERS) for share in range(WORKERS + 1)]
    orders = [{"do": "all", "after": bounds[i], "until": bounds[i + 1], "day": number} for i in range(WORKERS)]
    answers = ask_each(each, orders)
    if sum(answer["count"] for answer in answers) != agents:
        raise RuntimeError(f"{agents} scores should be computed: {answers}")
    seconds = max(answer["ended"] for answer in answers) - min(answer["began"] for answer in answers)
    busy, one = (_refreshes(each[0], agent_id(which), number) for which in (1, 2))
    figures["scores.all_seconds"].append(seconds)
    figures["scores.one_ms"].append(one["p50_ms"])
    figures["scores.busy_ms"].append(busy["p50_ms"])
    print(
        f"  {agents:,} agents, {agents * RECEIPTS_AN_AGENT:,} receipts: {seconds:.1f} s by {WORKERS} workers; "
        f"one agent {one['p50_ms']:.2f} ms, p99 {one['p99_ms']:.2f} ms; a busy one {busy['p50_ms']:.2f} ms",
        file=sys.stderr,
    )


def _refreshes(worker: Worker, agent: str, number: int) -> dict[str, Any]:
    return ask(worker, do="one", agent=agent, times=REFRESHES, day=number)


def _seed_evidence(url: str, agents: int) -> None:
    """Organizations of five agents each, vendors, receipts of the last year and cases, by COPY and without triggers."""
    chance, today = random.Random(1), datetime.now(UTC).date()
    vendors = [agent_id(number) for number in range(1, agents + 1, VENDOR_EVERY)]
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute(
            "INSERT INTO accounts_organization (id, kind, name, country, website, assurance_level, created_at) "
            "SELECT 'org_' || lpad(n::text, 26, '0'), 'organization', 'Bench ' || n, 'DE', '', 1, now() "
            "FROM generate_series(1, %s) n",
            [agents // AGENTS_AN_ORGANIZATION + 1],
        )
        connection.execute(
            "UPDATE agents_agent a SET organization_id = 'org_' || lpad((n.n / %s + 1)::text, 26, '0') "
            "FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM agents_agent) n WHERE n.id = a.id",
            [AGENTS_AN_ORGANIZATION],
        )
        connection.execute(
            "INSERT INTO agents_vendor (agent_id, mcc, country, domains, assurance_level, cluster, created_at) "
            "SELECT unnest(%s::text[]), '5734', 'DE', '{}', 1 + (random() * 2)::int, '', now()",
            [vendors],
        )
        _copy(connection, "scoring_receiptevidence", ("authorization", "agent", "vendor", "principal", "settled_on",
            "is_own"), _receipts(agents, vendors, today, chance))  # fmt: skip
        _copy(connection, "scoring_caseevidence", ("id", "agent_id", "case", "report", "severity", "quality",
            "decided_at", "withdrawn_because"), _cases(agents, chance))  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _receipts(agents: int, vendors: list[str], today: date, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    number = 0
    for agent in range(1, agents + 1):
        regulars = chance.choices(vendors, k=6)
        for _ in range(RECEIPTS_AN_AGENT + (BUSY_RECEIPTS if agent == 1 else 0)):
            number += 1
            day = today - timedelta(days=chance.randrange(365))
            yield f"aut_{number:026d}", agent_id(agent), chance.choice(regulars), "org_principal", day, False


def _cases(agents: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    now = datetime.now(UTC)
    for agent in range(1, agents + 1, CASE_EVERY):
        decided_at = now - timedelta(days=chance.randrange(300))
        yield f"cev_{agent:026d}", agent_id(agent), "cas_bench", f"rpt_{agent:026d}", "dispute", 0.6, decided_at, ""


def _copy(connection: psycopg.Connection, table: str, columns: tuple[str, ...], rows: Iterator[Any]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
