"""The same questions at 10,000 names and at 1,000,000, and search at 1,000,000 agents."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import pairwise

from bench import contenders
from bench.database import bench_database
from bench.load import measure
from bench.processes import ROOT, manage
from bench.synthetic import agent_id, name_of, seed

CONNECTIONS = 32
BUILDERS = 2


def run(*, short: bool) -> dict[str, list[float]]:
    """Uniformly random questions over all names, the hardest case for a memory; it is given the room it needs."""
    small, large, seconds, rounds = (1_000, 20_000, 2, 1) if short else (10_000, 1_000_000, 8, 3)
    figures: dict[str, list[float]] = {"ten_thousand.per_second": [], "million.per_second": [], "search.median_ms": []}
    with bench_database() as environment:
        seed(environment["DATABASE_URL"], first=1, last=small)
        _build(environment, 1, small)
        with contenders.resolver(environment, entries=small, name="ten_thousand") as few:
            seed(environment["DATABASE_URL"], first=small + 1, last=large, listings=True)
            _build(environment, small + 1, large)
            with contenders.resolver(environment, "--memory-mib", "8192", entries=large, name="million") as many:
                few_paths = contenders.write_paths("few", _paths(small))
                many_paths = contenders.write_paths("many", _paths(large))
                for _ in range(rounds):
                    one = measure(few, few_paths, connections=CONNECTIONS, seconds=seconds, repeats=1 if short else 3)
                    all_ = measure(
                        many, many_paths, connections=CONNECTIONS, seconds=seconds, repeats=1 if short else 3
                    )
                    figures["ten_thousand.per_second"].append(one.per_second)
                    figures["million.per_second"].append(all_.per_second)
                    print(
                        f"  {small:,} names {one.per_second:,.0f}/s p99 {one.p99_ms:.2f} ms; {large:,} names "
                        f"{all_.per_second:,.0f}/s p99 {all_.p99_ms:.2f} ms; others {all_.others_share:.0%}",
                        file=sys.stderr,
                    )
        figures["search.median_ms"].append(float(manage_search(environment)))
    return figures


def _paths(count: int) -> list[str]:
    return [contenders.PREFIX + name_of(number) for number in range(1, count + 1)]


def _build(environment: Mapping[str, str], first: int, last: int) -> None:
    """Sign in as many processes as there are cores here, each its own part."""
    began = time.monotonic()
    bounds = [first - 1 + (last - first + 1) * part // BUILDERS for part in range(BUILDERS + 1)]
    children = []
    for after, until in pairwise(bounds):
        command = [sys.executable, str(ROOT / "manage.py"), "build_answers", "--names-only"]
        command += ["--after", agent_id(after), "--until", agent_id(until)]
        children.append(subprocess.Popen(command, env={**environment}, cwd=ROOT, stdout=subprocess.DEVNULL))
    if any(child.wait() for child in children):
        raise RuntimeError("build_answers failed")
    seconds = time.monotonic() - began
    print(f"  signed {last - first + 1:,} answers in {seconds:.1f} s", file=sys.stderr)


_SEARCH = """
import random, statistics, time
from bench.synthetic import CAPABILITIES
from registry.directory.search import search
times = []
for number in range(30):
    wanted = random.Random(number).sample(CAPABILITIES, 2)
    began = time.perf_counter()
    page = search(capabilities=wanted, limit=25)
    times.append((time.perf_counter() - began) * 1e3)
    assert all(set(wanted) <= set(item.capabilities) for item in page.items) and page.items
print(statistics.median(times))
"""


def manage_search(environment: Mapping[str, str]) -> str:
    """The median of 30 searches with two capabilities each, in the process that searches."""
    printed = manage("shell", "--no-startup", "--verbosity", "0", "-c", _SEARCH, environment=environment)
    median = printed.strip().splitlines()[-1]
    print(f"  search with two capabilities: median {float(median):.1f} ms", file=sys.stderr)
    return median
