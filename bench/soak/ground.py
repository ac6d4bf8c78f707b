"""The registry under test: engines and processes of its own, each of which can be killed and started again."""

from __future__ import annotations

import http.client
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.database import QUIET
from bench.processes import ROOT, free_port
from registry.ops.place import EngineFault, Place, choose_place
from registry.ops.postgres import start_postgres
from registry.ops.processes import kill_group, spawn, stop
from registry.ops.services import Address, Service, services
from registry.ops.valkey import start_valkey

START_SECONDS_MAX = 120.0  # a database killed under load replays its log first
# What may lag without a promise being broken stands back (nice(1)): the machine is for purchases and what judges them.
BEHIND_PURCHASES = 10
MAY_LAG = frozenset({"worker", "push", "beat"})
VICTIMS = ("web", "worker", "postgres")
# As many threads as ``make run`` gives: each that waits for its turn in Python may hold locks that all others wait for.
_TUNED = {
    "THROTTLE_AUTHORIZE": "900000000/m",
    "THROTTLE_WRITE": "900000000/m",
    "WEB_WORKERS": "2",
    "WEB_THREADS": "4",
    "LOG_LEVEL": "ERROR",
}


@dataclass
class Ground:
    """Started programs by name. Everything is started by the main thread: the kernel ties children to it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    known: dict[str, Service] = field(default_factory=dict)
    killed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    place: Place | None = None

    def start_engines(self) -> None:
        """A durable PostgreSQL that notes when each transaction committed, and a Valkey."""
        self.place = choose_place(self.folder, say=lambda _: None)
        url = self._start_postgres()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        stop(self.running["postgres"], with_signal=signal.SIGINT, grace_seconds=20)
        self._start_postgres()
        self.running["valkey"], redis_url = start_valkey(self.place, durable=True)
        port = free_port()
        self.environment = {
            **os.environ,
            **QUIET,
            **_TUNED,
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "PUBLIC_URL": f"http://localhost:{port}",
            "PROMETHEUS_MULTIPROC_DIR": str(self._folder("metrics")),
        }
        address = Address("127.0.0.1", port, free_port())
        found = services(address=address, var=self.folder, environment=self.environment)
        self.known = {service.name: service for service in found if service.name != "resolver"}

    def start_services(self) -> None:
        for name in self.known:
            self._start(name)
        self.wait_until_up()

    def kill(self, name: str) -> None:
        """SIGKILL: the postmaster itself; of the web and the worker one process at random, the parent too."""
        process = self.running[name]
        victim = process.pid if name == "postgres" else random.choice([process.pid, *_children(process.pid)])
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        self.killed[name] += 1

    def revive(self) -> None:
        """Start again whatever has ended; what a dead parent left behind goes first."""
        for name, process in list(self.running.items()):
            if process.poll() is None:
                continue
            if name == "postgres":
                self._start_postgres()
            else:
                kill_group(process.pid)
                self._start(name)

    def wait_until_up(self) -> None:
        port = self.known["web"].port
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            self.revive()
            if port is not None and _answers(port):
                return
            time.sleep(0.2)
        raise RuntimeError(f"the web does not answer; see {self.folder}/web.log")

    def stop(self) -> None:
        """End all that was started. Whoever is asked to stop twice goes on stopping: nothing is left behind."""
        for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        for name in reversed(self.running):
            is_database = name == "postgres"
            stop(
                self.running[name],
                with_signal=signal.SIGINT if is_database else signal.SIGTERM,
                grace_seconds=30 if is_database else 10,
            )

    def run(self, *arguments: str) -> None:
        """One management command to its end."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def _start_postgres(self) -> str:
        """Backends of a killed postmaster keep its memory until they notice; until then a new one is refused."""
        assert self.place is not None
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                self.running["postgres"], url = start_postgres(self.place, durable=True, say=lambda _: None)
            except EngineFault:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)
            else:
                return url

    def _start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = spawn(
                self.known[name].command,
                environment=self.environment,
                directory=ROOT,
                output=log,
                niceness=BEHIND_PURCHASES if name in MAY_LAG else 0,
            )

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder


def _children(pid: int) -> Sequence[int]:
    with suppress(OSError, ValueError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/.well-known/did.json", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
