"""A browser's half of Web Push, and a push service on loopback that keeps what it is sent."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.notices.web_push import point_of, to_base64url


class Browser:
    """It opens messages as RFC 8291 says, from the other side than the code under test."""

    def __init__(self) -> None:
        self.key = generate_private_key(SECP256R1())
        self.secret = os.urandom(16)

    @property
    def p256dh(self) -> str:
        return to_base64url(point_of(self.key.public_key()))

    @property
    def auth(self) -> str:
        return to_base64url(self.secret)

    def opened(self, body: bytes) -> bytes:
        salt, size, point, sealed = body[:16], body[20], body[21:86], body[86:]
        assert size == 65
        shared = self.key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point))
        info = b"WebPush: info\0" + point_of(self.key.public_key()) + point
        keying = _hkdf(shared, self.secret, info, 32)
        key = _hkdf(keying, salt, b"Content-Encoding: aes128gcm\0", 16)
        plain = AESGCM(key).decrypt(_hkdf(keying, salt, b"Content-Encoding: nonce\0", 12), sealed, None)
        assert plain.endswith(b"\x02")
        return plain[:-1]

    def shown(self, body: bytes) -> dict[str, Any]:
        return json.loads(self.opened(body))


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


@dataclass(frozen=True)
class Pushed:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """``statuses`` by path says what the next answers are; 201 when it says nothing. ``delays`` in seconds."""

    port: int = 0
    messages: list[Pushed] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/send/phone") -> str:
        return f"http://{self.address}{path}"

    def at(self, path: str = "/send/phone") -> list[Pushed]:
        return [one for one in self.messages if one.path == path]


@contextmanager
def push_service() -> Iterator[PushService]:
    known = PushService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            known.messages.append(Pushed(self.path, headers, body))
            time.sleep(known.delays.get(self.path, 0))
            planned = known.statuses.get(self.path)
            self.send_response(planned.pop(0) if planned else 201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        known.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield known
        server.shutdown()
        thread.join()
