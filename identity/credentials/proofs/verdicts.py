"""Signatures that were found good, remembered: the same bytes under the same key need no second look.

Nothing else is remembered. Dates, status and the standing of an issuer are looked at on every call.
"""

from __future__ import annotations

from hashlib import sha256

VERDICTS_MAX = 65_536  # about 12 MB when full


class GoodSignatures:
    """A bounded set; the oldest goes first. Only good ones enter, so a flood of forgeries pushes nothing out.

    Under threads two callers may each verify the same signature once; nothing worse can happen.
    """

    def __init__(self, limit: int = VERDICTS_MAX) -> None:
        self._limit = limit
        self._seen: dict[bytes, None] = {}

    def __contains__(self, key: bytes) -> bool:
        return key in self._seen

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, key: bytes) -> None:
        self._seen[key] = None
        while len(self._seen) > self._limit:
            try:
                self._seen.pop(next(iter(self._seen)), None)
            except (StopIteration, RuntimeError):  # another thread was quicker, or is writing right now
                return


def verdict_key(*parts: bytes) -> bytes:
    """One digest of everything a verdict rests on; the lengths come first, so that no part runs into the next."""
    return sha256(b"".join([*(len(part).to_bytes(8) for part in parts), *parts])).digest()
