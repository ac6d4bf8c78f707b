"""One load: wrk against one program, with the CPU it took and how busy the machine was otherwise."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.machine import Busy, cpu_seconds_of
from bench.processes import Program

OTHERS_SHARE_MAX = 0.04
REPEATS_MAX = 3
SCRIPT = Path(__file__).parent / "load.lua"


@dataclass(frozen=True)
class Run:
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    others_share: float

    def figures(self, name: str) -> dict[str, float]:
        return {f"{name}.{field}": getattr(self, field) for field in ("per_second", "p50_ms", "p99_ms", "cpu_us")}


def measure(
    program: Program,
    paths: Path,
    *,
    connections: int,
    seconds: int,
    also: tuple[int, ...] = (),
    repeats: int = REPEATS_MAX,
) -> Run:
    """Load ``program`` and return the run least disturbed by others; at most ``repeats`` when they use more than 4 %.
    ``also`` are processes that belong to the run but not to the program."""
    best: Run | None = None
    for _ in range(repeats):
        run = _load(program, paths, connections=connections, seconds=seconds, also=also)
        if best is None or run.others_share < best.others_share:
            best = run
        if run.others_share <= OTHERS_SHARE_MAX:
            break
        time.sleep(0.5)
    assert best is not None
    return best


def _load(program: Program, paths: Path, *, connections: int, seconds: int, also: tuple[int, ...]) -> Run:
    command = wrk(program.port, paths, connections=connections, seconds=seconds)
    belonging = [program.pid, *also]
    busy, cpu, own = Busy.start(), cpu_seconds_of([program.pid]), cpu_seconds_of([os.getpid(), *belonging])
    done = subprocess.run(command, capture_output=True, text=True)
    spent = cpu_seconds_of([program.pid]) - cpu
    share = busy.share_of_others(cpu_seconds_of([os.getpid(), *belonging]) - own)
    result = read_result(done.stdout, done.stderr)
    if result["failed"] or result["not_ok"]:
        raise RuntimeError(f"{program.name}: {result['not_ok']} answers were not 2xx, {result['failed']} failed")
    return Run(
        per_second=result["requests"] / result["seconds"],
        p50_ms=result["p50_ms"],
        p99_ms=result["p99_ms"],
        cpu_us=spent / result["requests"] * 1e6,
        others_share=share,
    )


def wrk(port: int, paths: Path, *, connections: int, seconds: int) -> list[str]:
    options = ["-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "20s", "-s", str(SCRIPT)]
    return ["wrk", *options, f"http://127.0.0.1:{port}", "--", str(paths), str(random.randrange(1 << 30))]


def read_result(output: str, errors: str) -> dict[str, float]:
    line = next((line for line in output.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise RuntimeError(f"wrk reported nothing:\n{output}\n{errors}")
    return dict(json.loads(line.removeprefix("RESULT ")))
