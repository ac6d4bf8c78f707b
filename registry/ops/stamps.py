"""Whether files are as they were when something was last made from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def is_current(stamp: Path, sources: Iterable[Path], *, of: str = "") -> bool:
    """Whether ``remember`` was last told the same sources, unchanged since, and the same ``of``."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _fingerprint(sources, of)


def remember(stamp: Path, sources: Iterable[Path], *, of: str = "") -> None:
    """Note that something has been made from these sources as they are now."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(_fingerprint(sources, of), encoding="utf-8")


def _fingerprint(sources: Iterable[Path], of: str) -> str:
    """Changes whenever a source file does; times and sizes are enough, and quick."""
    facts = [f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in sorted(sources) if path.is_file()]
    return hashlib.sha256("\n".join([of, *facts]).encode()).hexdigest()
