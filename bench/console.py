"""The console's pages for one principal with many delegations and purchases: queries, time and weight of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import psycopg

from bench.chains import seed_market
from bench.database import bench_database
from bench.processes import ROOT

ROUNDS = 5


def run(*, short: bool) -> dict[str, list[float]]:
    """``console.ms`` is the slowest page's median server time, ``console.queries`` and ``console.kilobytes`` the most
    of any page; each page's own figures are printed, and stand in the report under its name."""
    delegations, purchases = (50, 2_000) if short else (1_000, 100_000)
    with bench_database() as environment:
        market = asdict(seed_market(environment["DATABASE_URL"], chains=delegations, depth=1))
        market["leaves"] = market["leaves"][:1]
        seeded = _probe(environment, {"do": "seed", "market": market, "purchases": purchases})
        rounds = {"rounds": 2 if short else ROUNDS}
        _tidy(environment)
        summed = _probe(environment, {"do": "sum up", **seeded, **rounds})
        _tidy(environment)
        pages = _probe(environment, {"do": "measure", **seeded, **rounds})["pages"]
    print(f"  {summed['months']} months summed up in {summed['seconds']:.1f} s", file=sys.stderr)
    figures: dict[str, list[float]] = {
        f"console.{what}": [max(page[what] for page in pages)] for what in ("queries", "ms", "kilobytes")
    }
    for page in [summed["page"], *pages]:
        figures[f"console.{page['name']}.ms"] = [page["ms"]]
        print(
            f"  {page['name']:32} {page['queries']:3} queries {page['ms']:7.1f} ms {page['kilobytes']:7.1f} kB",
            file=sys.stderr,
        )
    return figures


def _tidy(environment: Mapping[str, str]) -> None:
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _probe(environment: Mapping[str, str], order: dict[str, Any]) -> dict[str, Any]:
    """A process set up as the site is, for one order; what it says is the last line of its output."""
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-startup", "--verbosity", "0", "-c"]
    command.append("from bench import console_probe; console_probe.answer()")
    done = subprocess.run(
        command,
        env={**os.environ, **environment, "BENCH_ORDER": json.dumps(order)},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    if done.returncode:
        raise RuntimeError(f"{order['do']} failed:\n{done.stderr[-3_000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))
