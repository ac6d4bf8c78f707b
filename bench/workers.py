"""Processes set up as Celery's workers are, that take orders on their input and say on their output what each took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench.processes import ROOT

Worker = subprocess.Popen[str]


@contextmanager
def workers(probe: str, environment: Mapping[str, str], *, count: int) -> Iterator[list[Worker]]:
    """So many of ``bench.<probe>``, waiting for orders; ended with the block."""
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-startup", "--verbosity", "0", "-c"]
    command.append(f"from bench import {probe}; {probe}.serve()")
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    started = [subprocess.Popen(command, env={**os.environ, **environment}, **pipes) for _ in range(count)]
    try:
        for worker in started:
            _answer(worker)
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


def ask(worker: Worker, **order: Any) -> dict[str, Any]:
    """What one worker answers."""
    (answer,) = ask_each([worker], [order])
    return answer


def ask_each(each: list[Worker], orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What they answer, all at work at one time; an order names what to ``do``."""
    for worker, order in zip(each, orders, strict=True):
        assert worker.stdin is not None
        worker.stdin.write(f"{json.dumps(order)}\n")
        worker.stdin.flush()
    return [_answer(worker) for worker in each]


def serve(orders: Mapping[str, Callable[..., dict[str, Any]]]) -> None:
    """In the worker: answer each order by the function that its ``do`` names, with the rest as arguments."""
    from django.db import connection

    connection.ensure_connection()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(orders[order.pop("do")](**order)), flush=True)


def _answer(worker: Worker) -> dict[str, Any]:
    assert worker.stdout is not None
    line = worker.stdout.readline()
    if not line:
        raise RuntimeError("a worker ended")
    return dict(json.loads(line))
