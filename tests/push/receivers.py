"""Receivers of status events on loopback: real HTTP, each answering as a test wants it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Delivery:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.body)["data"]

    @property
    def type(self) -> str:
        return json.loads(self.body)["type"]


@dataclass
class Receivers:
    """``statuses`` by path says what the next answers are; 202 when it says nothing. ``delays`` in seconds."""

    port: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/events") -> str:
        return f"http://{self.address}{path}"

    def at(self, path: str = "/events", *, signs_of_life: bool = False) -> list[Delivery]:
        found = [one for one in self.deliveries if one.path == path]
        return [one for one in found if signs_of_life or one.type != "verification"]

    def seqs(self, path: str = "/events") -> list[int]:
        return [one.data["seq"] for one in self.at(path)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


@contextmanager
def receivers() -> Iterator[Receivers]:
    known = Receivers()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            known.deliveries.append(Delivery(self.path, headers, body, time.time()))
            time.sleep(known.delays.get(self.path, 0))
            planned = known.statuses.get(self.path)
            self.send_response(planned.pop(0) if planned else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        known.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield known
        server.shutdown()
        thread.join(2)
