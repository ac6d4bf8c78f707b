"""The import of a large directory: entries per second, and whether its memory stays bounded."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

from bench.database import bench_database
from bench.processes import ROOT, workplace


def run(*, short: bool) -> dict[str, list[float]]:
    small, large = (500, 2_000) if short else (10_000, 100_000)
    figures: dict[str, list[float]] = {}
    for name, count in (("import_small", small), ("import", large)):
        with bench_database() as environment:
            seconds, mebibytes = _import(_entries(count), count, environment)
        figures[f"{name}.per_second"] = [count / seconds]
        figures[f"{name}.memory_mib"] = [mebibytes]
        print(f"  {count:,} entries in {seconds:.1f} s: {count / seconds:,.0f}/s, {mebibytes:.0f} MiB", file=sys.stderr)
    return figures


def _import(file: Path, count: int, environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds and the largest memory of one import in a process of its own."""
    began = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "import_mcp", str(file)],
        env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    if child.returncode:
        raise RuntimeError("import_mcp failed")
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT count(*) FROM directory_name").fetchone()
    if row is None or row[0] != count:
        raise RuntimeError(f"{row} names after importing {count} entries")
    return seconds, _mebibytes(usage)


def _mebibytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1_024


def _entries(count: int) -> Path:
    file = workplace() / f"entries-{count}.json"
    with file.open("w", encoding="utf-8") as out:
        out.write("[")
        for number in range(count):
            out.write(("," if number else "") + json.dumps(_entry(number)))
        out.write("]")
    return file


def _entry(number: int) -> dict[str, object]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012x}",
        "name": f"io.github.bench-{number % 5_000}/server-{number}",
        "description": f"Synthetic server number {number} that answers to questions about {number % 977} things.",
        "repository": {
            "url": f"https://github.com/bench-{number % 5_000}/server-{number}",
            "source": "github",
            "id": str(900_000_000 + number),
        },
        "version_detail": {"version": "1.0.0", "release_date": "2025-05-16T18:56:49Z", "is_latest": True},
        "packages": [{"registry_name": "npm", "name": f"@bench-{number % 5_000}/server-{number}", "version": "1.0.0"}],
    }
