"""Keeping a set of child processes running, their output together, and nothing left of them at the end."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

from registry.ops.engines import Engines
from registry.ops.local import ROOT, var_directory
from registry.ops.output import LineBuffer, say
from registry.ops.processes import kill_group, spawn, stop
from registry.ops.services import Service, answers

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
        self.listen(timeout=TICK_SECONDS)
        for child in self.children:
            if child.service.ends_by_itself:
                continue
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

    def wait_until_ended(self, child: Child) -> int | None:
        """Wait for one that ends by itself, and let go of it: its exit code, None when we are asked to stop first."""
        process = child.process
        assert process is not None
        while process.poll() is None and not self.stopping:
            self.listen(timeout=TICK_SECONDS)
        if self.stopping:
            return None
        self.forget(child)
        self.children.remove(child)
        return process.returncode

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
            self.listen(timeout=0.05)
        asked = stop(child.process, with_signal=child.service.stop_signal, grace_seconds=0)
        if not asked:
            say(f"{child.service.name} did not stop in {child.service.grace_seconds:.0f} s and was killed")
        self.forget(child)

    def _launch(self, child: Child) -> None:
        child.process = spawn(
            child.service.command,
            environment=self.environment,
            directory=ROOT,
            output=subprocess.PIPE,
            niceness=child.service.niceness,
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
        self.forget(child)
        if lived >= STEADY_SECONDS:
            child.delay_seconds = RESTART_SECONDS_MIN
        child.restart_at = time.monotonic() + child.delay_seconds
        say(f"{child.service.name} ended ({_reason(code)}); starting it again in {child.delay_seconds:.0f} s")
        child.delay_seconds = min(child.delay_seconds * 2, RESTART_SECONDS_MAX)

    def forget(self, child: Child) -> None:
        """Pass on a dead child's last words and close its pipe."""
        assert child.process is not None
        if (pipe := child.process.stdout) is not None:
            self._drain(pipe, child)
            self.selector.unregister(pipe)
            pipe.close()
        if child.lines is not None:
            child.lines.flush()
        child.process = None

    def listen(self, *, timeout: float) -> None:
        """Pass on what the children have said, waiting for something for at most ``timeout`` seconds."""
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


def _reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
