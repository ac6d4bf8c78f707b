"""Status lists: from a revocation to the public list with a real worker, and encoding, decoding, publishing alone."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench.database import bench_database
from bench.processes import ROOT, free_port, running, workplace

REVOCATIONS = 60


def run(*, short: bool) -> dict[str, list[float]]:
    """``listed.p99_seconds``: from the answer to a revocation until a verifier reads the bit in the public list.
    ``online.p99_ms``: what the online answer takes, asked at once; a yes fails the run. ``encode.ms``, ``decode.ms``,
    ``publish.ms``: a list of 131,072 with 1,000 bits set; ``publish_full.ms`` with half of all set."""
    with bench_database() as environment:
        port = free_port()
        own = {**environment, "PUBLIC_URL": f"http://127.0.0.1:{port}", "ALLOWED_HOSTS": "127.0.0.1"}
        alone = _in_django("encoding", {"short": short}, own)
        with _web(own, port), _worker(own):
            found = _in_django("revocations", {"port": port, "count": 5 if short else REVOCATIONS}, own)
    listed, online = found["listed_seconds"], found["online_ms"]
    print(
        f"  {len(listed)} revocations: in the public list after p50 {statistics.median(listed):.2f} s, "
        f"longest {max(listed):.2f} s; online answer after {max(online):.1f} ms at most; "
        + ", ".join(f"{name} {value:.3f} ms" for name, value in alone.items()),
        file=sys.stderr,
    )
    return {
        "listed.p99_seconds": [_p99(listed)],
        "online.p99_ms": [_p99(online)],
        **{f"{name}.ms": [value] for name, value in alone.items()},
    }


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else values[0]


def _in_django(function: str, options: dict[str, object], environment: Mapping[str, str]) -> dict[str, list[float]]:
    """What a function of ``bench.status_probe`` found, in a process that is set up as the registry is."""
    code = f"from bench import status_probe; status_probe.{function}(**{options!r})"
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-startup", "--verbosity", "0", "-c", code]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{function} failed:\n{done.stderr[-2_000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


@contextmanager
def _web(environment: Mapping[str, str], port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "granian", "registry.wsgi:application", "--interface", "wsgi", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    command += ["--no-access-log", "--log-level", "warning"]
    with running("status-web", command, port=port, environment=environment):
        yield


@contextmanager
def _worker(environment: Mapping[str, str]) -> Iterator[None]:
    """One worker process and beat, as ``manage.py up`` starts them."""
    celery = [sys.executable, "-m", "celery", "--app", "registry.celery", "--quiet"]
    schedule = workplace() / "beat-schedule"
    schedule.unlink(missing_ok=True)
    commands = [
        [*celery, "worker", "--concurrency", "1", "--loglevel", "error"],
        [*celery, "beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "error"],
    ]
    with (workplace() / "status-worker.log").open("wb") as log:
        children = [
            subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, stdout=log, stderr=log)
            for command in commands
        ]
        try:
            yield
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(30)
