"""One message to one push service (RFC 8030), guarded as every call to an address that somebody else chose."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.conf import settings

from identity.credentials.dns import Unreachable, resolve_host
from identity.credentials.fetch import Deadline, Target, allowed_addresses, checked_address, target_of
from registry.notices.limits import REQUEST_SECONDS
from registry.notices.vapid import Vapid
from registry.notices.web_push import SALT_BYTES, encrypt, receiver_of, vapid_header

GONE: Final = frozenset({404, 410})  # RFC 8030, section 7.3: the subscription is no more
REFUSED: Final = frozenset({400, 401, 403, 413})  # sending the same again is refused again


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one device. ``topic`` lets the push service replace an older one of the same occasion."""

    endpoint: str
    p256dh: str
    auth: str
    plaintext: bytes
    ttl_seconds: int
    is_urgent: bool
    topic: str


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` 0 when there was none; ``failure`` in a few words, empty when the message was taken."""

    status: int
    failure: str = ""

    @property
    def is_gone(self) -> bool:
        return self.status in GONE

    @property
    def is_refused(self) -> bool:
        return self.status in REFUSED


def send(message: Message, *, key: Vapid, at: datetime) -> Answer:
    """Encrypt and send. Every failure is an answer; nothing is raised."""
    try:
        status = _post(message.endpoint, _headers(message, key, at), _body(message))
    except Unreachable as error:
        return Answer(0, str(error))
    except ssl.SSLError as error:
        return Answer(0, f"TLS failed: {error.reason or 'the certificate does not hold'}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, f"the connection failed: {type(error).__name__}")
    return Answer(status, "" if 200 <= status < 300 else f"the push service answered {status}")


def check_endpoint(url: str) -> None:
    """Unreachable with a sentence, when messages could not be sent there: another scheme or port, or a literal address
    that is not on the public internet. A name is looked up at each sending, and what it leads to is checked then."""
    target = target_of(url)
    checked_address(target, lambda _host, _seconds: ["1.1.1.1"], allowed_addresses(), Deadline(REQUEST_SECONDS))


def _body(message: Message) -> bytes:
    receiver, auth = receiver_of(message.p256dh, message.auth)
    sender = generate_private_key(SECP256R1())
    return encrypt(message.plaintext, receiver=receiver, auth=auth, sender=sender, salt=os.urandom(SALT_BYTES))


def _headers(message: Message, key: Vapid, at: datetime) -> dict[str, str]:
    contact = settings.SECURITY_CONTACT
    return {
        "Authorization": vapid_header(endpoint=message.endpoint, key=key.private_key, contact=contact, at=at),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(message.ttl_seconds),
        "Urgency": "high" if message.is_urgent else "normal",
        "Topic": message.topic,
    }


def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status of the answer. Nothing is followed, and nothing of its body is read."""
    deadline, target = Deadline(REQUEST_SECONDS), target_of(url)
    address = checked_address(target, resolve_host, allowed_addresses(), deadline)
    with socket.create_connection((address, target.port), timeout=deadline.left()) as plain:
        plain.settimeout(deadline.left())
        if target.scheme == "http":
            return _exchange(plain, target, headers, body, deadline)
        with ssl.create_default_context().wrap_socket(plain, server_hostname=target.host) as secured:
            return _exchange(secured, target, headers, body, deadline)


def _exchange(
    connection: socket.socket, target: Target, headers: dict[str, str], body: bytes, deadline: Deadline
) -> int:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.host_header}",
        "User-Agent: attorn",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii") + body)
    return _status(connection, deadline)


def _status(connection: socket.socket, deadline: Deadline) -> int:
    """Read to the end of the status line. Stops a service that drips bytes from holding a sender."""
    line = b""
    while b"\n" not in line and len(line) < 512:
        connection.settimeout(deadline.left())
        more = connection.recv(512)
        if not more:
            break
        line += more
    words = line.split(b"\r\n", 1)[0].split(b" ")
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit() or len(words[1]) != 3:
        raise Unreachable("it does not answer in HTTP")
    return int(words[1])
