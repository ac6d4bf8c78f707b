"""Writing to a terminal that may not be one."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import TextIO

_STYLES = {"good": "32", "bad": "31", "dim": "2", "bold": "1", "warn": "33"}


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """``text`` in a colour, on a terminal only, and never when NO_COLOR is set (no-color.org)."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if _wants_colour(stream or sys.stdout) else text


def printable(value: object) -> str:
    """``value`` as one line without control characters.

    Stops a name or description made by a stranger from moving the cursor, rewriting the verdict above it or typing
    into the terminal (escape sequences), and from reading backwards (direction overrides).
    """
    return "".join(character if _is_harmless(character) else "\N{REPLACEMENT CHARACTER}" for character in str(value))


def say(text: str = "") -> None:
    """A line of the answer, on standard output."""
    print(text)


def remark(text: str) -> None:
    """A line about the answer, on standard error, so that pipes stay clean."""
    print(text, file=sys.stderr)


def _wants_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _is_harmless(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
