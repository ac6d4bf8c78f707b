"""Which HTTP requests are so plain that their bytes can be answered without a parser. Pure.

Stops request smuggling: only a request whose end nobody can dispute is read here. Anything else, down to a repeated
field or a bare line feed, goes to the full parser unread.
"""

from __future__ import annotations

import re

HEADER_BYTES_MAX = 2_048
FIELDS_MAX = 40

_REQUEST_LINE_END = b" HTTP/1.1\r\n"
_METHOD = b"GET "
_TARGET = re.compile(rb"/v1/resolve/[!$&-.0-9:;=@A-Z_a-z~/%]+")
_FIELD = re.compile(rb"([A-Za-z0-9-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")
_HOST = re.compile(rb"[A-Za-z0-9.:\[\]-]+")

# Fields that change nothing of a public answer. One that does (Authorization, Range, Expect), that frames a body
# (Content-Length, Transfer-Encoding) or that speaks of the connection (Upgrade, TE) is not here.
_INDIFFERENT = frozenset(
    b"host user-agent accept accept-language accept-encoding referer origin cache-control pragma dnt priority via "
    b"sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform "
    b"sec-gpc x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port x-real-ip x-request-id forwarded "
    b"traceparent tracestate if-none-match connection".split()
)


def target_of(request: bytes) -> tuple[bytes, bytes] | None:
    """The request target and the bytes after the request line, of a ``GET /v1/resolve/…``; None for anything else."""
    cut = request.find(_REQUEST_LINE_END)
    if cut < 0 or not request.startswith(_METHOD):
        return None
    target = request[len(_METHOD) : cut]
    if _TARGET.fullmatch(target) is None:
        return None
    return target, request[cut + len(_REQUEST_LINE_END) :]


def read_fields(block: bytes) -> bytes | None:
    """The value of ``If-None-Match`` (empty when it is absent) of a header block that ends in an empty line; None when
    the block is not plain."""
    if len(block) > HEADER_BYTES_MAX or not block.endswith(b"\r\n\r\n"):
        return None
    lines = block[:-4].split(b"\r\n")
    fields: dict[bytes, bytes] = {}
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is None:
            return None
        name = match[1].lower()
        if name in fields or name not in _INDIFFERENT:
            return None
        fields[name] = match[2]
    if len(lines) > FIELDS_MAX or _HOST.fullmatch(fields.get(b"host", b"")) is None:
        return None
    if fields.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    return fields.get(b"if-none-match", b"")


class KnownBlocks:
    """Header blocks that have been read before. A client on a kept connection sends the same one each time, so that
    a dictionary answers for the parser. Bounded: forgotten all at once when full."""

    COUNT_MAX = 4_096

    def __init__(self) -> None:
        self.blocks: dict[bytes, bytes] = {}

    def read(self, block: bytes) -> bytes | None:
        """As ``read_fields``, remembered."""
        condition = self.blocks.get(block)
        if condition is None and (condition := read_fields(block)) is not None:
            if len(self.blocks) >= self.COUNT_MAX:
                self.blocks.clear()
            self.blocks[block] = condition
        return condition
