"""Peers that install by name, in directories of their own under var/bench. Each is asked for what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    name: str
    running: Callable[[], AbstractContextManager]
    paths: Callable[[], Path]


def available() -> Iterator[Peer]:
    """Those that are installed; ``python -m bench install-peers`` installs them."""
    yield from ()
