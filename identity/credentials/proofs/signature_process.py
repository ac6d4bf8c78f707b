"""The process that checks signatures on a second core: bytes in, a byte a signature out, nothing else.

It is started by ``second_core`` with an empty environment and opens no file and no connection. It ends when whoever
started it ends (its input is closed), and by itself when nobody has asked for a while.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from struct import Struct

from identity.primitives.errors import AttornError
from identity.primitives.multikey import PublicKey

IDLE_SECONDS = 120.0
READY = b"\x06"  # the first byte it writes, once it can check
GOOD, BAD = b"\x01", b"\x00"
FRAME = Struct(">I")  # bytes that follow
CLAIM = Struct(">BBH")  # bytes of the key, of the signature and of what is signed
_FRAME_BYTES_MAX = 1 << 16


def main(source: int = 0, sink: int = 1) -> None:
    """Answer every frame on ``source`` with a byte a claim on ``sink``, in their order."""
    os.write(sink, READY)
    while (header := _read(source, FRAME.size)) is not None:
        (length,) = FRAME.unpack(header)
        body = _read(source, length) if length <= _FRAME_BYTES_MAX else None
        if body is None:
            return
        os.write(sink, b"".join(GOOD if _holds(*claim) else BAD for claim in _claims(body)))


def _claims(body: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    place = 0
    while place < len(body):
        lengths = CLAIM.unpack_from(body, place)
        ends = [place := place + length for length in (CLAIM.size, *lengths)]
        yield body[ends[0] : ends[1]], body[ends[1] : ends[2]], body[ends[2] : ends[3]]


def _holds(key: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        return PublicKey.from_multikey(key.decode()).verify(signature, signed)
    except (AttornError, ValueError):
        return False


def _read(source: int, count: int) -> bytes | None:
    """Exactly so many bytes; None when the other side is gone or has asked nothing for ``IDLE_SECONDS``."""
    read = bytearray()
    while len(read) < count:
        if not select.select([source], [], [], IDLE_SECONDS)[0]:
            return None
        piece = os.read(source, count - len(read))
        if not piece:
            return None
        read += piece
    return bytes(read)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started it
    with suppress(BrokenPipeError):
        main()
