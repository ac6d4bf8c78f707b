"""A foreign issuer with a real HTTP server of its own, which behaves as a test wants it to."""

from __future__ import annotations

import gzip
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from identity.primitives.clock import rfc3339
from tests.foreigner import Foreigner

ENTRIES = 131_072
HANG_SECONDS = 8


@dataclass
class ForeignServer:
    """``mode`` is ok, error, garbage, hang, redirect or refuse-conditions; ``asked`` counts requests by path."""

    port: int = 0
    bodies: dict[str, bytes] = field(default_factory=dict)
    mode: str = "ok"
    redirect_to: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)
    """The path of each request, and the status it was answered with."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"

    def statuses(self, path: str) -> list[int]:
        return [status for asked, status in self.asked if asked == path]


@contextmanager
def foreign_server() -> Iterator[ForeignServer]:
    server = ForeignServer()
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if server.mode == "hang":
                released.wait(HANG_SECONDS)
                server.asked.append((self.path, 0))
                return
            if server.mode == "redirect":
                return self._answer(302, b"", Location=server.redirect_to)
            if server.mode == "error":
                return self._answer(500, b"out of order")
            if server.mode == "garbage":
                return self._answer(200, b"<html>parked</html>")
            body = server.bodies.get(self.path)
            if body is None:
                return self._answer(404, b"")
            tag = f'"{sha256(body).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == tag:
                return self._answer(304, b"", ETag=tag)
            return self._answer(200, body, ETag=tag)

        def _answer(self, status: int, body: bytes, **headers: str) -> None:
            server.asked.append((self.path, status))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no news here."""

    with Quiet(("127.0.0.1", 0), Handler) as listener:
        server.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            released.set()
            listener.shutdown()
            thread.join(2)


@dataclass
class Issuer:
    """Issues credentials about our agents and publishes status lists at its own server. ``web`` makes it a did:web."""

    server: ForeignServer
    is_web: bool = False
    key: Foreigner = field(default_factory=Foreigner)
    purposes: tuple[str, ...] = ("revocation", "suspension")
    bits: dict[str, set[int]] = field(default_factory=dict)
    issued: int = 0

    @property
    def did(self) -> str:
        return f"did:web:127.0.0.1%3A{self.server.port}" if self.is_web else self.key.did

    @property
    def method(self) -> str:
        return f"{self.did}#key-1" if self.is_web else self.key.method

    def list_url(self, purpose: str) -> str:
        return self.server.url(f"/{purpose}")

    def credential(self, subject: str, index: int, *, at: datetime, **more: Any) -> dict[str, Any]:
        """A signed credential with a place in each of the lists."""
        self.issued += 1
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": f"urn:uuid:00000000-0000-4000-8000-{self.issued:012d}",
            "type": ["VerifiableCredential"],
            "issuer": self.did,
            "validFrom": rfc3339(at - timedelta(days=1)),
            "validUntil": rfc3339(at + timedelta(days=300)),
            "credentialSubject": {"id": subject},
            "credentialStatus": [
                {
                    "id": f"{self.list_url(purpose)}#{index}",
                    "type": "BitstringStatusListEntry",
                    "statusPurpose": purpose,
                    "statusListIndex": str(index),
                    "statusListCredential": self.list_url(purpose),
                }
                for purpose in self.purposes
            ],
            **more,
        }
        return self.signed(document, at=at)

    def signed(self, document: dict[str, Any], *, at: datetime) -> dict[str, Any]:
        return self.key.secured(document, verificationMethod=self.method, created=rfc3339(at - timedelta(days=1)))

    def set(self, purpose: str, *indexes: int) -> None:
        self.bits.setdefault(purpose, set()).update(indexes)

    def clear(self, purpose: str, *indexes: int) -> None:
        self.bits.setdefault(purpose, set()).difference_update(indexes)

    def publish(self, *, at: datetime, valid_for: timedelta = timedelta(days=1)) -> None:
        """Put the lists (and, as a did:web, the DID document) on the server."""
        for purpose in self.purposes:
            self.server.bodies[f"/{purpose}"] = self.status_list(purpose, at=at, valid_for=valid_for)
        if self.is_web:
            self.server.bodies["/.well-known/did.json"] = self.did_document()

    def status_list(self, purpose: str, *, at: datetime, valid_for: timedelta = timedelta(days=1)) -> bytes:
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": self.list_url(purpose),
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.did,
            "validFrom": rfc3339(at),
            "validUntil": rfc3339(at + valid_for),
            "credentialSubject": {
                "id": f"{self.list_url(purpose)}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": encoded(self.bits.get(purpose, set())),
            },
        }
        return json.dumps(self.key.secured(document, verificationMethod=self.method, created=rfc3339(at))).encode()

    def did_document(self, **more: Any) -> bytes:
        document = {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": self.did,
            "verificationMethod": [
                {
                    "id": f"{self.did}#key-1",
                    "type": "Multikey",
                    "controller": self.did,
                    "publicKeyMultibase": self.key.multikey,
                }
            ],
            "assertionMethod": [f"{self.did}#key-1"],
            **more,
        }
        return json.dumps(document).encode()


def encoded(indexes: set[int], entries: int = ENTRIES) -> str:
    bits = bytearray(entries // 8)
    for index in indexes:
        bits[index >> 3] |= 0x80 >> (index & 7)
    return "u" + urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()


def wait_until(condition: Any, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())
