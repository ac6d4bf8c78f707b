"""Starting the programs that are measured, on free loopback ports, and stopping each by its own id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 180


@dataclass
class Program:
    name: str
    port: int
    pid: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    *,
    port: int,
    environment: Mapping[str, str],
    directory: Path = ROOT,
    niceness: int = 0,
) -> Iterator[Program]:
    """Run ``command`` until the block ends; it must take connections on ``port`` first. Its output goes to
    ``var/bench/<name>.log``."""
    with _log(name) as log:
        child = subprocess.Popen(
            ["nice", "-n", str(niceness), *command],
            env={**os.environ, **environment},
            cwd=directory,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(child, port, name)
            yield Program(name, port, child.pid)
        finally:
            _stop(child)


def manage(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run one management command to its end and return what it printed."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr[-2_000:]}")
    return done.stdout


def workplace() -> Path:
    place = ROOT / "var" / "bench"
    place.mkdir(parents=True, exist_ok=True)
    return place


def _log(name: str) -> IO[bytes]:
    return (workplace() / f"{name}.log").open("wb")


def _wait_for(child: subprocess.Popen[bytes], port: int, name: str) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"{name} ended while starting; see {workplace() / name}.log")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{name} did not take connections on port {port}")


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def program_path(name: str) -> str:
    """Where ``name`` is; Debian keeps nginx where an ordinary user's PATH does not look."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin") or name
