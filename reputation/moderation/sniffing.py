"""What a file is, by its own first bytes. Nothing is decoded, unpacked or rendered here: headers are read, no more."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from identity.primitives.canonical import parse_json
from identity.primitives.errors import AttornError
from reputation.moderation.limits import ATTACHMENT_BYTES_MAX, JSON_DEPTH_MAX, PICTURE_PIXELS_MAX
from reputation.moderation.models import AttachmentType

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PDF = b"%PDF-"
# Start-of-frame markers of ITU-T T.81 table B.1; C4, C8 and CC are no frames.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_STEPS_MAX = 4_096
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_MAIL_FIELD = re.compile(r"[!-9;-~]{1,76}:[^\r\n]*")  # RFC 5322 section 2.2
_MAIL_NEEDED = frozenset({"from", "date"})  # RFC 5322 section 3.6: these two every message has
# Controls that no text has; tab, line feed, form feed and carriage return it may.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def sniff(content: bytes) -> AttachmentType | None:
    """The type, or None for what is none of those taken.

    Stops a page or a program that calls itself a picture, and a picture whose header promises more pixels than
    anybody can open (a decompression bomb).
    """
    for prefix, kind, holds in _BY_PREFIX:
        if content.startswith(prefix):
            return kind if holds(content) else None
    return _text_type(content)


def _is_png(content: bytes) -> bool:
    """Whether the header chunk comes first and names a size that can be opened (PNG section 11.2.1)."""
    if len(content) < 33 or content[8:16] != b"\x00\x00\x00\rIHDR":
        return False
    return _can_be_opened(*struct.unpack(">II", content[16:24]))


def _is_jpeg(content: bytes) -> bool:
    """Whether a frame header is found by stepping from segment to segment (ITU-T T.81 annex B). So many steps and no
    more, which stops a file of nothing but fill bytes from keeping us busy."""
    place = 2
    for _step in range(_JPEG_STEPS_MAX):
        if place + 9 > len(content) or content[place] != 0xFF:
            return False
        marker = content[place + 1]
        if marker == 0xFF or marker in _JPEG_ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return _can_be_opened(width, height)
        place += 2 + max(2, int.from_bytes(content[place + 2 : place + 4]))
    return False


def _is_pdf(content: bytes) -> bool:
    return re.match(rb"%PDF-[12]\.[0-9]", content) is not None


def _can_be_opened(width: int, height: int) -> bool:
    return 0 < width * height <= PICTURE_PIXELS_MAX


def _text_type(content: bytes) -> AttachmentType | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if _CONTROL.search(text):
        return None
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") and _is_json(content):
        return AttachmentType.JSON
    return AttachmentType.EML if _is_mail(text) else AttachmentType.TEXT


def _is_json(content: bytes) -> bool:
    try:
        parse_json(content, bytes_max=ATTACHMENT_BYTES_MAX, depth_max=JSON_DEPTH_MAX)
    except AttornError:
        return False
    return True


def _is_mail(text: str) -> bool:
    """Whether it begins with header fields, sender and date among them."""
    names = set()
    for line in text[:65_536].splitlines():
        if not line.strip():
            break
        if line[0] in " \t":  # a folded line goes on with the field above
            continue
        if not _MAIL_FIELD.fullmatch(line):
            return False
        names.add(line.partition(":")[0].lower())
    return names >= _MAIL_NEEDED


_BY_PREFIX: tuple[tuple[bytes, AttachmentType, Callable[[bytes], bool]], ...] = (
    (_PNG, AttachmentType.PNG, _is_png),
    (_JPEG, AttachmentType.JPEG, _is_jpeg),
    (_PDF, AttachmentType.PDF, _is_pdf),
)
