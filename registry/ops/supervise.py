"""``manage.py up``: the engines and every process of Attorn under one roof, started and stopped together."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from registry.ops.engines import Engines, start_engines
from registry.ops.local import ROOT, Claim, claim, running, var_directory
from registry.ops.output import LineBuffer, colours_wanted, say
from registry.ops.place import EngineFault
from registry.ops.processes import kill_group, spawn, stop, tie_to_parent
from registry.ops.secrets import local_secrets
from registry.ops.services import Address, Service, answers, services

RESTART_SECONDS_MIN = 1.0
RESTART_SECONDS_MAX = 30.0
STEADY_SECONDS = 60.0  # one that ran this long starts again without waiting longer than the first time
TICK_SECONDS = 0.1


@dataclass(slots=True)
class Child:
    """A service and its present process."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    lines: LineBuffer | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    delay_seconds: float = RESTART_SECONDS_MIN


@dataclass(slots=True)
class Supervisor:
    """Keeps the children running until somebody asks it to stop."""

    environment: dict[str, str]
    engines: Engines
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def ask_to_stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self.stopping = True

    def start(self, service: Service) -> Child:
        child = Child(service)
        self.children.append(child)
        self._launch(child)
        return child

    def tick(self) -> None:
        """Pass on what the children say, and start those again that have died."""
        self._read(timeout=TICK_SECONDS)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child)
            elif child.process is None and time.monotonic() >= child.restart_at and not self.stopping:
                self._launch(child)
        if (name := self.engines.died()) is not None and not self.stopping:
            say(f"{name} has ended by itself; see its log under {var_directory()}. Stopping.")
            self.stopping = True

    def wait_until_up(self, child: Child, *, host: str, seconds: float = 60.0) -> bool:
        """Wait for a child's port to answer."""
        deadline = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < deadline:
            if child.service.port is None or answers(host, child.service.port):
                return True
            self.tick()
        return False

    def stop_all(self) -> None:
        """End the children in the opposite order of starting, asking all of them first."""
        for child in reversed(self.children):
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(child.service.stop_signal)
        for child in reversed(self.children):
            if child.process is not None:
                self._end(child)

    def _end(self, child: Child) -> None:
        assert child.process is not None
        deadline = time.monotonic() + child.service.grace_seconds
        while child.process.poll() is None and time.monotonic() < deadline:
            self._read(timeout=0.05)
        asked = stop(child.process, with_signal=child.service.stop_signal, grace_seconds=0)
        if not asked:
            say(f"{child.service.name} did not stop in {child.service.grace_seconds:.0f} s and was killed")
        self._forget(child)

    def _launch(self, child: Child) -> None:
        child.process = spawn(
            child.service.command,
            environment=self.environment,
            directory=ROOT,
            output=subprocess.PIPE,
        )
        child.started_at = time.monotonic()
        child.lines = LineBuffer(child.service.name)
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _bury(self, child: Child) -> None:
        """A child has died by itself: kill what it left, and plan its next start, later each time."""
        assert child.process is not None
        code, lived = child.process.returncode, time.monotonic() - child.started_at
        kill_group(child.process.pid)
        self._forget(child)
        if lived >= STEADY_SECONDS:
            child.delay_seconds = RESTART_SECONDS_MIN
        child.restart_at = time.monotonic() + child.delay_seconds
        say(f"{child.service.name} ended ({_reason(code)}); starting it again in {child.delay_seconds:.0f} s")
        child.delay_seconds = min(child.delay_seconds * 2, RESTART_SECONDS_MAX)

    def _forget(self, child: Child) -> None:
        assert child.process is not None
        if (pipe := child.process.stdout) is not None:
            self._drain(pipe, child)
            self.selector.unregister(pipe)
            pipe.close()
        if child.lines is not None:
            child.lines.flush()
        child.process = None

    def _read(self, *, timeout: float) -> None:
        if not self.selector.get_map():
            time.sleep(timeout)
            return
        for key, _events in self.selector.select(timeout):
            if not self._drain(key.fileobj, key.data):  # type: ignore[arg-type]
                time.sleep(TICK_SECONDS / 2)  # the pipe is closed and the process about to end

    def _drain(self, pipe: IO[bytes], child: Child) -> bool:
        try:
            data = os.read(pipe.fileno(), 65_536)
        except BlockingIOError:
            return True
        if data and child.lines is not None:
            child.lines.take(data)
        return bool(data)


def main(arguments: Sequence[str]) -> int:
    """Run until stopped. Returns the exit code: 0 after a clean stop, 1 when it could not start."""
    if "--with-parent" in arguments:
        tie_to_parent(signal.SIGTERM)
    var = var_directory()
    try:
        address = Address.from_environment(os.environ)
    except ValueError as error:
        return _refuse(str(error))
    held = claim(var)
    if held is None:
        other = running(var)
        where = f" at {other.environment.get('PUBLIC_URL')} (process {other.pid})" if other else ""
        return _refuse(f"Attorn already runs from this clone{where}. Stop that one first, with Ctrl-C in its terminal.")
    if taken := address.taken():
        return _refuse("\n".join(taken))
    return _run(held, address=address, var=var)


def _run(held: Claim, *, address: Address, var: Path) -> int:
    environment = _environment(address, var)
    supervisor = Supervisor(environment, Engines())
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, supervisor.ask_to_stop)
    began = time.monotonic()
    try:
        say("Starting PostgreSQL and Valkey")
        supervisor.engines = start_engines(var, durable=True, named=os.environ, say=say)
        environment |= supervisor.engines.environment
        held.publish({name: environment[name] for name in environment if os.environ.get(name) != environment[name]})
        if not supervisor.stopping and not _prepare(supervisor):
            return 0 if supervisor.stopping else 1
        _start_services(supervisor, address=address, var=var)
        if not supervisor.stopping:
            _welcome(environment, address=address, seconds=time.monotonic() - began)
        while not supervisor.stopping:
            supervisor.tick()
    except EngineFault as fault:
        return _refuse(str(fault))
    finally:
        say("Stopping")
        supervisor.stop_all()
        supervisor.engines.stop()
        held.release()
    say("Stopped; nothing is left running.")
    return 0


def _environment(address: Address, var: Path) -> dict[str, str]:
    """What every process of this instance is told, over what the caller named."""
    environment = dict(os.environ) | local_secrets(var / "secrets", named=os.environ)
    environment["PYTHONUNBUFFERED"] = "1"
    environment.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_empty(var / "metrics")))
    environment.setdefault("PUBLIC_URL", f"http://localhost:{address.port}")
    environment.setdefault("PORT", str(address.port))
    environment.setdefault("RESOLVER_PORT", str(address.resolver_port))
    # A database of somebody's own gets no made-up agents unless asked.
    environment.setdefault("DEMO", "false" if "DATABASE_URL" in os.environ else "true")
    environment.setdefault("LOG_FORMAT", "pretty" if colours_wanted() else "json")
    return environment


def _empty(directory: Path) -> Path:
    """What earlier processes counted is not what these will."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def _prepare(supervisor: Supervisor) -> bool:
    """Bring database, static files, registry key and demo up to date, in a process that ends before serving."""
    manage = str(ROOT / "manage.py")
    child = supervisor.start(Service("prepare", (sys.executable, manage, "prepare")))
    process = child.process
    assert process is not None
    while process.poll() is None and not supervisor.stopping:
        supervisor._read(timeout=TICK_SECONDS)
    if supervisor.stopping:
        return False
    supervisor._forget(child)
    supervisor.children.remove(child)
    if process.returncode != 0:
        say("Attorn could not be made ready; the reason stands above.")
        return False
    return True


def _start_services(supervisor: Supervisor, *, address: Address, var: Path) -> None:
    """The front doors first, so that there is something to see soon; the workers when those stand."""
    everything = services(address=address, var=var, environment=supervisor.environment)
    doors = [supervisor.start(service) for service in everything if service.port is not None]
    for door in doors:
        if not supervisor.wait_until_up(door, host=address.host) and not supervisor.stopping:
            say(f"{door.service.name} does not answer on port {door.service.port} yet; see its messages above")
    for service in everything:
        if service.port is None and not supervisor.stopping:
            supervisor.start(service)


def _welcome(environment: dict[str, str], *, address: Address, seconds: float) -> None:
    url = environment["PUBLIC_URL"]
    say(f"Attorn is up ({seconds:.1f} s)")
    say(f"  Open       {url}")
    say(f"  Resolve    curl http://{address.host}:{address.resolver_port}/v1/resolve/concierge.acme")
    if environment["DEMO"] == "true" and "DEMO_PASSWORD_FILE" in environment:
        password = Path(environment["DEMO_PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
        say(f"  Sign in    {url}/accounts/login/  as alice@demo.test  with {password}")
    say("  Stop       Ctrl-C")


def _refuse(sentence: str) -> int:
    say(sentence)
    return 1


def _reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
