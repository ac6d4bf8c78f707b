"""Small pictures of pages: sixteen colours, stored as PNG. Text stays sharp, and most take about ten kilobytes."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

COLOURS = 16
_SCRIPT = (Path(__file__).parent / "pictures.js").read_text(encoding="utf-8")


def made_small(png: str, *, workbench: Page) -> bytes:
    """The same picture, given in base64, in sixteen colours. ``workbench`` is an empty page to reckon
    in."""
    counted = workbench.evaluate(_SCRIPT[_SCRIPT.index("async") :], [png, COLOURS])
    return indexed_png(
        width=counted["width"],
        height=counted["height"],
        palette=bytes(counted["palette"]),
        rows=b64decode(counted["rows"]),
    )


def indexed_png(*, width: int, height: int, palette: bytes, rows: bytes) -> bytes:
    """A PNG of four bits a pixel (PNG specification, sections 11.2.2 to 11.2.5): ``palette`` is red, green and blue of
    each colour, ``rows`` the rows with their filter bytes."""
    head = struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
