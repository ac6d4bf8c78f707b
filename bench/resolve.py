"""Hot answers, answers not in memory, answers beside a saturated Django; against nginx, DRF and peers by name."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from bench import contenders, peers, staleness
from bench.database import bench_database
from bench.load import Run, measure, wrk
from bench.machine import postgres_of
from bench.processes import Program, manage
from bench.synthetic import name_of, seed

NAMES = 10_000
CONNECTIONS = 32
CHECKED = 100
WARM_UP = 20  # the first request loads all views


def run(*, short: bool, with_peers: bool) -> tuple[dict[str, list[float]], list[dict[str, object]]]:
    """Figures by name, one value a round, and every single run."""
    rounds, seconds, names = (1, 2, 1_000) if short else (3, 8, NAMES)
    figures: dict[str, list[float]] = defaultdict(list)
    runs: list[dict[str, object]] = []

    def note(name: str, one: Run) -> None:
        for figure, value in one.figures(name).items():
            figures[figure].append(value)
        runs.append({"name": name, **one.__dict__})
        print(
            f"  {name:14} {one.per_second:10,.0f}/s  p50 {one.p50_ms:7.2f} ms  p99 {one.p99_ms:7.2f} ms  "
            f"{one.cpu_us:7.1f} us CPU  others {one.others_share:4.0%}",
            file=sys.stderr,
        )

    with bench_database() as environment, ExitStack() as stack:
        database = urlsplit(environment["DATABASE_URL"]).path.strip("/")
        seed(environment["DATABASE_URL"], first=1, last=names)
        print(manage("build_answers", "--names-only", environment=environment).strip(), file=sys.stderr)
        bodies = stored_bodies(environment["DATABASE_URL"])
        paths = contenders.write_paths("names", [contenders.PREFIX + name_of(n) for n in range(1, names + 1)])
        start = stack.enter_context
        nginx = start(contenders.nginx(bodies))
        resolver = start(contenders.resolver(environment, entries=names))
        unremembered = start(contenders.resolver(environment, "--no-preload", "--memory-mib", "0", name="unremembered"))
        drf = start(contenders.drf_orm(environment))
        for program in (nginx, resolver, unremembered):
            check_bodies(program, bodies)
        for _ in range(WARM_UP):
            contenders.fetch(drf, contenders.PREFIX + name_of(1))
        others = [(peer, start(peer.running())) for peer in peers.available()] if with_peers else []
        repeats = 1 if short else 3
        for number in range(1, rounds + 1):
            print(f"round {number} of {rounds}", file=sys.stderr)
            also = postgres_of(database)
            common = {"connections": CONNECTIONS, "seconds": seconds, "also": also, "repeats": repeats}
            note("nginx", measure(nginx, paths, **common))
            note("resolver", measure(resolver, paths, **common))
            note("unremembered", measure(unremembered, paths, **common))
            note("drf_orm", measure(drf, paths, **common))
            note("beside", _beside(resolver, drf, paths, common))
            for peer, program in others:
                note(peer.name, measure(program, peer.paths(), **common))
        for figure, value in staleness.run(environment, short=short).items():
            figures[figure].append(value)
    return figures, runs


def _beside(resolver: Program, drf: Program, paths: Path, common: dict[str, object]) -> Run:
    """The resolver while four connections keep Django busy."""
    seconds = int(str(common["seconds"])) * int(str(common["repeats"])) + 10
    with subprocess.Popen(
        wrk(drf.port, paths, connections=4, seconds=seconds), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as busy:
        try:
            return measure(resolver, paths, **{**common, "also": (*common["also"], drf.pid, busy.pid)})  # type: ignore[arg-type, misc]
        finally:
            busy.kill()


def stored_bodies(url: str) -> dict[str, bytes]:
    """The signed bytes by name, as the database holds them: what everybody must serve."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT key, body FROM resolution_answer WHERE key NOT LIKE 'did:%'")
        return {key: bytes(body) for key, body in rows}


def check_bodies(program: Program, bodies: dict[str, bytes]) -> None:
    """A fast wrong answer is worth nothing."""
    for name in list(bodies)[:CHECKED]:
        if contenders.fetch(program, contenders.PREFIX + name) != bodies[name]:
            raise RuntimeError(f"{program.name} serves other bytes for {name}")
