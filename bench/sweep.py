"""A full sweep of watched credentials over foreign lists that a real HTTP server serves: 1,000,000 over 20 lists."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.database import bench_database
from bench.processes import free_port, running
from bench.synthetic import seed
from bench.watched import Lists, seed_watched
from bench.workers import Worker, ask, ask_each, workers

LISTS = 20
WORKERS = 2
ROUNDS = 3
REVOKED_A_ROUND = 50  # in each list: 1,000 credentials in all, each with its event in the journal
STEPS = ("fetch", "decode", "read", "check", "write")


def run(*, short: bool) -> dict[str, list[float]]:
    """``sweep.seconds`` is the wall time of two workers together; ``sweep.<step>_ms`` what both spent on a step, added
    up; ``sweep.peak_mib`` the larger worker. ``marked.ms`` is one changed list, from the end of its fetch to the commit
    that marks its credentials."""
    credentials, agents = (20_000, 500) if short else (1_000_000, 10_000)
    with bench_database() as environment, tempfile.TemporaryDirectory() as place:
        lists = Lists(Path(place), port := free_port(), LISTS)
        own = {**environment, "FETCH_ALLOW_ADDRESSES": f"127.0.0.1:{port}"}
        seed(environment["DATABASE_URL"], first=1, last=agents)
        seed_watched(environment["DATABASE_URL"], lists, credentials=credentials, agents=agents)
        with _server(place, port), workers("sweep_probe", own, count=WORKERS) as each:
            return _rounds(each, lists, rounds=1 if short else ROUNDS, credentials=credentials)


def _rounds(each: list[Worker], lists: Lists, *, rounds: int, credentials: int) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {"sweep.seconds": [], "unchanged.seconds": [], "sweep.peak_mib": []}
    figures |= {f"sweep.{step}_ms": [] for step in STEPS} | {"marked.ms": []}
    per_list = credentials // LISTS
    for number in range(rounds):
        marked = range(number * REVOKED_A_ROUND, (number + 1) * REVOKED_A_ROUND)
        for place in range(LISTS):
            lists.revoke(place, marked)
        done = _sweep(each, expected_revoked=(number + 1) * REVOKED_A_ROUND * LISTS + number)
        figures["sweep.seconds"].append(done["seconds"])
        figures["sweep.peak_mib"].append(done["peak_mib"])
        for step in STEPS:
            figures[f"sweep.{step}_ms"].append(done[step] * 1e3)
        unchanged = _sweep(each, expected_revoked=(number + 1) * REVOKED_A_ROUND * LISTS + number)
        figures["unchanged.seconds"].append(unchanged["seconds"])
        lists.revoke(0, [per_list - 1 - number])
        figures["marked.ms"].append(ask(each[0], do="one")["marked"] * 1e3)
        print(
            f"  {credentials:,} credentials, {LISTS} lists, all changed: {done['seconds']:.2f} s, of both workers "
            + ", ".join(f"{step} {done[step] * 1e3:.0f} ms" for step in STEPS)
            + f"; peak {done['peak_mib']:.0f} MiB a worker; nothing changed: {unchanged['seconds']:.2f} s; "
            f"one changed list marked {figures['marked.ms'][-1]:.0f} ms after its fetch",
            file=sys.stderr,
        )
    return figures


def _sweep(each: list[Worker], *, expected_revoked: int) -> dict[str, float]:
    """One sweep by all workers; a fast wrong one fails."""
    answers = ask_each(each, [{"do": "sweep"} for _ in each])
    if any(answer["revoked"] != expected_revoked for answer in answers):
        raise RuntimeError(f"{expected_revoked} should be revoked: {answers}")
    seconds = max(answer["ended"] for answer in answers) - min(answer["began"] for answer in answers)
    spent = {step: sum(answer["spent"][step] for answer in answers) for step in STEPS}
    return {"seconds": seconds, "peak_mib": max(answer["peak_mib"] for answer in answers), **spent}


@contextmanager
def _server(place: str, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", place]
    with running("foreign-lists", command, port=port, environment={}):
        yield
