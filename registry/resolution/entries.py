"""Answers as the bytes of an HTTP response, made once and written many times."""

from __future__ import annotations

from datetime import datetime
from email.utils import formatdate
from http import HTTPStatus
from time import monotonic

from registry.resolution.answer import Served
from registry.resolution.memory import Entry
from registry.resolution.wire import headers_of

_CONTENT_TYPE = b"Content-Type: "
STATUSES = (200, 304, 403, 404, 410)


def entry_from_row(*, status: int, body: bytes, etag: bytes, ttl_seconds: int, expires_at: float) -> Entry:
    """An entry from the columns of a stored answer; ``expires_at`` in monotonic seconds."""
    return (status, _rest(etag.decode("ascii"), ttl_seconds, body), etag, expires_at)


def entry_from_served(served: Served, *, at: datetime) -> Entry:
    """An entry from an answer that was read or built at ``at``; it expires with it."""
    return entry_from_row(
        status=served.status,
        body=served.body,
        etag=served.etag.encode("ascii"),
        ttl_seconds=served.ttl_seconds,
        expires_at=monotonic() + (served.refresh_at - at).total_seconds(),
    )


def not_modified(rest: bytes) -> bytes:
    """All of a 304 after its status line and date: the validators, which stand first."""
    return rest[: rest.index(_CONTENT_TYPE)] + b"\r\n"


def status_heads() -> dict[int, bytes]:
    """The status line and date of each status, good for this second (RFC 9110 section 6.6.1)."""
    date = formatdate(usegmt=True)
    return {
        status: f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nDate: {date}\r\n".encode("ascii")
        for status in STATUSES
    }


def _rest(etag: str, ttl_seconds: int, body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers_of(etag=etag, ttl_seconds=ttl_seconds))
    return b"%bContent-Length: %d\r\n\r\n%b" % (lines.encode("ascii"), len(body), body)
