"""The processes that make up a running Attorn."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PORT = 8000
RESOLVER_PORT = 8053
HOST = "127.0.0.1"
ANSWER_SECONDS_MAX = 1.0
# What the kernel takes from everything but the resolver and the engines when processors are short (nice(1)): names go
# on being answered while pages and tasks keep the machine busy. It costs nothing while there is room.
BEHIND_RESOLVER = 5


@dataclass(frozen=True, slots=True)
class Service:
    """One process: what starts it, what ends it, and the port whose answering says that it is up. ``niceness`` is how
    far it stands back when processors are short. One that ``ends_by_itself`` is not started again."""

    name: str
    command: tuple[str, ...]
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10.0
    port: int | None = None
    niceness: int = 0
    ends_by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """Where the front doors listen."""

    host: str
    port: int
    resolver_port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Address:
        """Raises ValueError with a sentence when a port is not one."""
        return cls(
            host=environment.get("HOST") or HOST,
            port=_port("PORT", environment, PORT),
            resolver_port=_port("RESOLVER_PORT", environment, RESOLVER_PORT),
        )

    def taken(self) -> list[str]:
        """A sentence for each port that some other program listens on."""
        return [
            f"Port {port} is taken by another program. Name a free one: {name}={port + 100} make run"
            for name, port in (("PORT", self.port), ("RESOLVER_PORT", self.resolver_port))
            if not _is_free(self.host, port)
        ]


def services(*, address: Address, var: Path, environment: Mapping[str, str]) -> list[Service]:
    """All of them, in the order of starting; they are stopped in the opposite order."""
    python = sys.executable
    manage = str(Path(__file__).resolve().parent.parent.parent / "manage.py")
    # Started by root everything but the engines runs as root, which Celery warns of at every start; its messages are
    # JSON only, so whoever reaches the broker still runs no code.
    quiet = ("-W", "ignore:You're running the worker with superuser privileges") if os.geteuid() == 0 else ()
    celery = (python, *quiet, "-m", "celery", "--app", "registry.celery", "--quiet")
    log_level = ("--loglevel", environment.get("LOG_LEVEL", "warning").lower())
    return [
        Service(
            "web",
            (
                *(python, "-m", "granian", "registry.wsgi:application", "--interface", "wsgi"),
                *("--host", address.host, "--port", str(address.port), "--no-ws", "--no-access-log"),
                *("--workers", environment.get("WEB_WORKERS") or "1"),
                *("--blocking-threads", environment.get("WEB_THREADS") or "4", "--respawn-failed-workers"),
                *("--log-level", "warning", "--workers-kill-timeout", "8"),
            ),
            port=address.port,
            niceness=BEHIND_RESOLVER,
        ),
        Service("resolver", (python, manage, "resolver"), port=address.resolver_port),
        Service(
            "worker",
            (
                *(*celery, "worker", "--queues", "celery"),
                *("--concurrency", environment.get("WORKER_PROCESSES") or "1", *log_level),
            ),
            niceness=BEHIND_RESOLVER,
        ),
        Service(
            "push",
            (*celery, "worker", "--queues", "push", "--pool", "solo", "--hostname", "push@%h", *log_level),
            niceness=BEHIND_RESOLVER,
        ),
        Service(
            "beat",
            (*celery, "beat", "--schedule", str(var / "beat-schedule"), "--pidfile", "", *log_level),
            niceness=BEHIND_RESOLVER,
        ),
    ]


def answers(host: str, port: int) -> bool:
    """Whether an HTTP server answers there, whatever it says. That something listens is not enough: granian does
    before it has loaded the application."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe, suppress(OSError):
        probe.settimeout(ANSWER_SECONDS_MAX)
        probe.connect((_reachable(host), port))
        probe.sendall(b"GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return probe.recv(5) == b"HTTP/"
    return False


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _port(name: str, environment: Mapping[str, str], default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise ValueError(f"{name} must be a port from 1 to 65535, not {text!r}")
    return int(text)
