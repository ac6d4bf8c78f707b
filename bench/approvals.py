"""Approvals: from the commit of a question to the page that shows it, heard of by the server-sent event."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

from bench.database import bench_database
from bench.processes import ROOT, free_port, running

QUESTIONS = 50


def run(*, short: bool) -> dict[str, list[float]]:
    """``approvals.seconds``: one value a question, put at another moment of the browser's waiting each time."""
    port = free_port()
    web = [sys.executable, "-m", "granian", "registry.wsgi:application", "--interface", "wsgi", "--no-ws"]
    web += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    web += ["--log-level", "warning"]
    with bench_database() as environment, running("approvals-web", web, port=port, environment=environment):
        code = f"from bench import approvals_probe; approvals_probe.questions({port}, {10 if short else QUESTIONS})"
        command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-startup", "--verbosity", "0", "-c", code]
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, cwd=ROOT)
        if done.returncode:
            raise RuntimeError(f"the questions failed:\n{done.stderr[-2_000:]}")
    seconds: list[float] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"  p50 {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s", file=sys.stderr)
    return {"approvals.seconds": seconds, "approvals.longest_seconds": [max(seconds)]}
