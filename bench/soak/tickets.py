"""Purchases left to begin, shared by all processes of clients: who is faster begins more, and all end together."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from threading import Lock

AT_ONCE = 10  # taken for the threads of a process: few enough that no process begins many when others are done
_WIDTH = 8


class Tickets:
    """A number in a file, counted down by whoever begins a purchase."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._lock = Lock()
        self._taken = 0

    def fill(self, attempts: int) -> None:
        os.pwrite(self._file, attempts.to_bytes(_WIDTH, "big"), 0)

    def take(self) -> bool:
        """Whether there is one more purchase to begin."""
        with self._lock:
            if not self._taken:
                self._taken = self._draw()
            if not self._taken:
                return False
            self._taken -= 1
            return True

    def _draw(self) -> int:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            left = int.from_bytes(os.pread(self._file, _WIDTH, 0), "big")
            taken = min(left, AT_ONCE)
            os.pwrite(self._file, (left - taken).to_bytes(_WIDTH, "big"), 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return taken
