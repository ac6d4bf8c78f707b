"""A really started server process of ours, and a client that speaks HTTP to it byte by byte."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS_MAX = 60


class ServerProcess:
    def __init__(self, port: int, child: subprocess.Popen) -> None:
        self.port = port
        self.child = child

    def ask(self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None):
        """Status, headers (names in lower case) and body of one request on a connection of its own."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            client.request(method, path, body=body, headers=headers or {})
            response = client.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            client.close()

    def answer(self, query: str) -> dict:
        return json.loads(self.ask(f"/v1/resolve/{query}")[2])

    def state(self) -> dict:
        return json.loads(self.ask("/health/resolver")[2])

    def exchange(self, data: bytes, *, seconds: float = 3.0) -> bytes:
        """Whatever comes back for exactly these bytes until the server closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as client:
            client.sendall(data)
            received = b""
            try:
                while chunk := client.recv(65_536):
                    received += chunk
            except TimeoutError:
                pass
            return received


@contextmanager
def running_resolver(*options: str, **settings: str):
    """Start ``manage.py resolver`` on the test's database and wait until it hears of changes."""
    with running_command(
        "resolver", *options, is_up=lambda started: started.state()["listening"], **settings
    ) as started:
        yield started


@contextmanager
def running_command(name: str, *options: str, is_up: Callable[[ServerProcess], bool], **settings: str):
    """Start ``manage.py <name>`` on the test's database and a free port and wait until it says that it is up."""
    port = _free_port()
    environment = {**os.environ, "DATABASE_URL": _test_database_url(), "PYTHONWARNINGS": "default", **settings}
    command = [sys.executable, str(ROOT / "manage.py"), name, "--port", str(port), "--host", "127.0.0.1"]
    child = subprocess.Popen([*command, *options], env=environment, stdout=subprocess.DEVNULL)
    started = ServerProcess(port, child)
    try:
        _wait_until_up(started, is_up)
        yield started
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait_until_up(started: ServerProcess, is_up: Callable[[ServerProcess], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        assert started.child.poll() is None, "the process ended while starting"
        try:
            if is_up(started):
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("the process did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _test_database_url() -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))
