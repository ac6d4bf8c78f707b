"""Comparing status lists as a whole. Pure; bits count from the most significant, as in Bitstring Status List 1.0.

One list of 131,072 entries is 16 KiB: old and new differ in ``old XOR new``, one operation on two integers, and only
the places that differ are ever looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_REMEMBERED_BYTES_MAX = 64 << 10
_SOME = re.compile(rb"[^\x00]")
_WORDS = ("00", "10", "01")  # valid, invalid, suspended: revocation bit, then suspension bit


def changed_places(old: bytes, new: bytes) -> list[int]:
    """The places where the two lists differ, in order; a shorter list counts as followed by zeros."""
    size = max(len(old), len(new))
    difference = int.from_bytes(old.ljust(size, b"\0")) ^ int.from_bytes(new.ljust(size, b"\0"))
    places: list[int] = []
    for found in _SOME.finditer(difference.to_bytes(size)):
        byte, first = found[0][0], found.start() << 3
        places.extend(first + place for place in range(8) if byte & (0x80 >> place))
    return places


def digits(bits: bytes) -> bytes:
    """The list as one character a place, ``0`` or ``1``: what is asked for many places is unpacked once."""
    return _remembered_digits(bits) if len(bits) <= _REMEMBERED_BYTES_MAX else _digits(bits)


def _digits(bits: bytes) -> bytes:
    return f"{int.from_bytes(bits):0{len(bits) * 8}b}".encode() if bits else b""


# A sweep meets the same lists in every stretch of entries. At most 32 of half a megabyte are remembered.
_remembered_digits = lru_cache(maxsize=32)(_digits)


def disagreements(unpacked: bytes, places: Sequence[int], marks: bytes) -> list[int]:
    """The positions in ``places`` whose mark (a character each, ``0`` or ``1``) is not what ``unpacked`` says there.

    A place beyond the list is nowhere set. Two passes in C and one XOR: a million places take about 40 ms.
    """
    try:
        found = bytes(map(unpacked.__getitem__, places))  # the fastest way that needs no library: 60 ns a place
    except IndexError:
        found = bytes(unpacked[place] if place < len(unpacked) else ord("0") for place in places)
    if found == marks:
        return []
    size = len(marks)
    difference = (int.from_bytes(found) ^ int.from_bytes(marks)).to_bytes(size)
    return [match.start() for match in _SOME.finditer(difference)]


def pairs(packed: bytes, *, width: int) -> bytes:
    """A Token Status List of ``width`` 1, 2, 4 or 8 bits an entry as pairs of bits: entry ``i`` is revoked when bit
    ``2 * i`` is set and suspended when bit ``2 * i + 1`` is.

    1 is invalid, 2 suspended (draft-ietf-oauth-status-list section 7.1); an application's own values are taken for
    suspended, since whoever set them did not say valid.
    """
    mask, slots = (1 << width) - 1, range(0, 8, width)
    words = ["".join(_WORDS[min(byte >> slot & mask, 2)] for slot in slots) for byte in range(256)]
    text = "".join([words[byte] for byte in packed])
    return int(text + "0" * (-len(text) % 8), 2).to_bytes((len(text) + 7) // 8) if text else b""
