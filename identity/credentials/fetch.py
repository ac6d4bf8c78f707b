"""The guarded fetcher: the only way the registry reads a URL that somebody else chose.

It resolves the host once, checks every address, connects to exactly a checked one, follows nothing, and stops at a
total of 3 s and 64 KiB (a status list: 1 MiB). No proxy settings, no cookies, no compression, no second look-up.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from django.conf import settings

from identity.credentials.addresses import is_public, parse_address
from identity.credentials.dns import Unreachable, resolve_host

DEADLINE_SECONDS = 3.0
BYTES_MAX = 64 << 10
STATUS_LIST_BYTES_MAX = 1 << 20
URL_LENGTH_MAX = 2_000
ADDRESSES_MAX = 16
VALIDATOR_LENGTH_MAX = 256
MAX_AGE_SECONDS_MAX = 365 * 86_400
HTTPS_PORT = 443

Resolve = Callable[[str, float], list[str]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back: the status as it is, redirects and 304 included, and a bounded body.

    ``etag`` and ``last_modified`` are empty when the server named none that can be sent back; ``max_age`` is how many
    seconds the server lets the answer stand (RFC 9111 section 4.2), 0 for not at all, None when it does not say.
    """

    status: int
    content_type: str
    body: bytes
    etag: str = ""
    last_modified: str = ""
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for besides the URL."""

    accept: str
    etag: str | None
    last_modified: str | None
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads, taken apart once: what was checked is what is asked."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (HTTPS_PORT if self.scheme == "https" else 80) else f"{name}:{self.port}"


class Deadline:
    """A total, not a pause between bytes: a sender that drips one byte a second runs out of time all the same."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends_at = time.monotonic() + seconds

    def left(self) -> float:
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0:
            raise Unreachable(f"it took longer than {self._seconds:g} seconds")
        return seconds


def fetch(
    url: str,
    *,
    resolve: Resolve = resolve_host,
    allow: Collection[str] | None = None,
    tls: ssl.SSLContext | None = None,
    bytes_max: int = BYTES_MAX,
    accept: str = "*/*",
    etag: str | None = None,
    last_modified: str | None = None,
) -> Fetched:
    """GET ``url``. Raises Unreachable with a sentence for whatever keeps it from being read.

    With ``etag`` or ``last_modified`` of an earlier answer the server may say 304 instead of sending it again.
    ``allow`` lists ``address:port`` pairs that are reached in spite of the guard, by http too; the setting
    FETCH_ALLOW_ADDRESSES otherwise, which is empty but in tests and closed networks.
    """
    allowed = allowed_addresses() if allow is None else frozenset(allow)
    deadline = Deadline(DEADLINE_SECONDS)
    target = target_of(url)
    address = checked_address(target, resolve, allowed, deadline)
    try:
        return _get(target, address, _Question(accept, etag, last_modified, bytes_max), deadline, tls)
    except ssl.SSLError as error:
        raise Unreachable(f"TLS failed: {error.reason or 'the certificate does not hold'}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        deadline.left()
        raise Unreachable(f"the connection failed: {type(error).__name__}") from error


def allowed_addresses() -> frozenset[str]:
    """``address:port`` pairs that are reached in spite of the guard."""
    return frozenset(settings.FETCH_ALLOW_ADDRESSES)


def target_of(url: str) -> Target:
    """The parts of the URL, or Unreachable. Refuses what parsers disagree about, so that what was checked is what is
    asked."""
    if len(url) > URL_LENGTH_MAX or not url.isascii() or re.search(r"[\s\\\x00-\x20\x7f]", url):
        raise Unreachable("the URL is not plain ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unreachable("the URL is malformed") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Unreachable("the URL is not https")
    if parts.username is not None or parts.password is not None:
        raise Unreachable("the URL carries a user name")
    default = HTTPS_PORT if parts.scheme == "https" else 80
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname.rstrip("."), default if port is None else port, path)


def checked_address(target: Target, resolve: Resolve, allowed: frozenset[str], deadline: Deadline) -> str:
    """The address to connect to. All addresses of the host must be public.

    Stops requests forged through us (SSRF) into loopback, private networks and cloud metadata, by literal address, by
    a name that leads there, and by a name that leads elsewhere at a second look (DNS rebinding): there is none.
    """
    addresses = _addresses(target.host, resolve, deadline)
    if not addresses:
        raise Unreachable("the host has no address")
    if all(f"{address}:{target.port}" in allowed for address in addresses):
        return addresses[0]
    if target.scheme != "https" or target.port != HTTPS_PORT:
        raise Unreachable("only https on port 443 is fetched")
    for address in addresses:
        if not is_public(parse_address(address)):
            raise Unreachable(f"the host leads to {address}, which is not on the public internet")
    return addresses[0]


def _addresses(host: str, resolve: Resolve, deadline: Deadline) -> list[str]:
    try:
        return [str(parse_address(host))]
    except ValueError:
        pass
    if re.fullmatch(r"[0-9.]+|.*\.0x[0-9a-f]*|0x[0-9a-f.]*", host):
        raise Unreachable("the host is a number in disguise")
    found = resolve(host, deadline.left())[:ADDRESSES_MAX]
    try:
        return [str(parse_address(address)) for address in found]
    except ValueError as error:
        raise Unreachable("the host leads to no address") from error


def _get(target: Target, address: str, question: _Question, deadline: Deadline, tls: ssl.SSLContext | None) -> Fetched:
    with socket.create_connection((address, target.port), timeout=deadline.left()) as plain:
        plain.settimeout(deadline.left())
        if target.scheme == "http":
            return _exchange(plain, target, question, deadline)
        context = tls or ssl.create_default_context()
        with context.wrap_socket(plain, server_hostname=target.host) as secured:
            return _exchange(secured, target, question, deadline)


def _exchange(connection: socket.socket, target: Target, question: _Question, deadline: Deadline) -> Fetched:
    watch = threading.Timer(deadline.left(), _cut, args=(connection,))
    watch.daemon = True
    watch.start()
    try:
        connection.sendall(_request(target, question))
        response = http.client.HTTPResponse(connection, method="GET")
        response.begin()
        _refuse_encoding(response)
        body = response.read(question.bytes_max + 1)
        deadline.left()
        if len(body) > question.bytes_max:
            raise Unreachable(f"the answer has more than {question.bytes_max >> 10} KiB")
        return Fetched(
            status=response.status,
            content_type=response.headers.get("Content-Type", ""),
            body=body,
            etag=_validator(response.headers.get("ETag", "")),
            last_modified=_validator(response.headers.get("Last-Modified", "")),
            max_age=_max_age(response.headers.get("Cache-Control", ""), response.headers.get("Age", "")),
        )
    finally:
        watch.cancel()


def _request(target: Target, question: _Question) -> bytes:
    lines = [
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.host_header}",
        "User-Agent: attorn",
        f"Accept: {question.accept}",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    if etag := _validator(question.etag or ""):
        lines.append(f"If-None-Match: {etag}")
    if last_modified := _validator(question.last_modified or ""):
        lines.append(f"If-Modified-Since: {last_modified}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _validator(text: str) -> str:
    """``text`` if it may be sent back in a request, else nothing: stops a foreign server from smuggling a second
    header, or a second request, into our next question through the tag it hands out."""
    return text if len(text) <= VALIDATOR_LENGTH_MAX and re.fullmatch(r"[\x20-\x7e]+", text) else ""


def _max_age(cache_control: str, age: str) -> int | None:
    """Seconds this answer may still be kept: ``max-age`` less the time it lay in caches on the way."""
    if re.search(r"\bno-(store|cache)\b", cache_control, re.IGNORECASE):
        return 0
    stated = re.search(r"\bmax-age\s*=\s*\"?([0-9]{1,10})\b", cache_control, re.IGNORECASE)
    if stated is None:
        return None
    lain = int(age) if re.fullmatch(r"[0-9]{1,10}", age.strip()) else 0
    return max(0, min(int(stated[1]), MAX_AGE_SECONDS_MAX) - lain)


def _refuse_encoding(response: http.client.HTTPResponse) -> None:
    """Stops a decompression bomb: 64 KiB that unfold to gigabytes. Nothing is ever unfolded."""
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Unreachable("the answer is compressed though that was not asked for")


def _cut(connection: socket.socket) -> None:
    """End the exchange from beside it. The plain socket's own method: TLS would want to say goodbye first."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
