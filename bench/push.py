"""Push: from the commit of a sanction to the first attempt at each of 1,000 receivers, with a real worker."""

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

RECEIVERS = 1_000
CHANGES = 10
TROUBLED = 50  # of them never answer, and as many refuse the connection, in the second measurement


def run(*, short: bool) -> dict[str, list[float]]:
    """``first_push.p99_seconds``: 1,000 subscribed receivers; one value a change of standing, from its commit until
    99 of 100 have the event. ``first_push_troubled.p99_seconds``: the same for the others while 50 never answer and 50
    are down."""
    receivers, changes = (100, 2) if short else (RECEIVERS, CHANGES)
    figures = {}
    for name, troubled in (("first_push", 0), ("first_push_troubled", TROUBLED if not short else 5)):
        rounds = _measure(receivers, changes, troubled)
        figures[f"{name}.p99_seconds"] = [_p99(seconds) for seconds in rounds]
        every = [one for seconds in rounds for one in seconds]
        print(
            f"  {name}: {len(rounds)} changes to {receivers} receivers, p50 {statistics.median(every):.2f} s, "
            f"p99 {_p99(every):.2f} s, longest {max(every):.2f} s",
            file=sys.stderr,
        )
    return figures


def _measure(receivers: int, changes: int, troubled: int) -> list[list[float]]:
    """For each change the seconds to each healthy receiver. Fewer than all of them fails the run."""
    port, down = free_port(), free_port()
    with bench_database() as environment:
        allowed = f"127.0.0.1:{port},127.0.0.1:{down}"
        own = {**environment, "FETCH_ALLOW_ADDRESSES": allowed}
        listening = [sys.executable, "-m", "bench.push_receivers", str(port)]
        with running("push-receivers", listening, port=port, environment=own), _worker(own):
            options = {"port": port, "down": down, "receivers": receivers, "changes": changes, "troubled": troubled}
            return _in_django("changes", options, own)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def _in_django(function: str, options: dict[str, int], environment: Mapping[str, str]) -> list[list[float]]:
    code = f"from bench import push_probe; push_probe.{function}(**{options!r})"
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-startup", "--verbosity", "0", "-c", code]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{function} failed:\n{done.stderr[-2_000:]}")
    found: list[list[float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@contextmanager
def _worker(environment: Mapping[str, str]) -> Iterator[None]:
    """The worker of status events, as ``manage.py up`` starts it."""
    command = [sys.executable, "-m", "celery", "--app", "registry.celery", "--quiet", "worker", "--queues", "push"]
    command += ["--pool", "solo", "--hostname", "push@%h", "--loglevel", "warning"]
    with (workplace() / "push-worker.log").open("wb") as log:
        child = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            child.terminate()
            child.wait(60)
