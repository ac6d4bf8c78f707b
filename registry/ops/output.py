"""What the person at the terminal sees of several processes: one stream, each line led by who says it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

NAME_WIDTH = 9
_COLOURS = {
    **{"attorn": "1;36", "web": "32", "resolver": "35", "prepare": "36"},
    **{"worker": "33", "push": "33", "beat": "34"},
}


def say(sentence: str, *, name: str = "attorn") -> None:
    """One line (or several) for the terminal, led by the name of who says it."""
    for line in sentence.splitlines() or [""]:
        print(f"{_lead(name)}{line}", flush=True)


def colours_wanted() -> bool:
    return sys.stdout.isatty()


@dataclass(slots=True)
class LineBuffer:
    """Turns the bytes of one child's output into whole lines."""

    name: str
    rest: bytes = field(default=b"")

    def take(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            say(line.decode("utf-8", errors="replace").rstrip("\r"), name=self.name)

    def flush(self) -> None:
        if self.rest:
            self.take(b"\n")


def _lead(name: str) -> str:
    text = f"{name:<{NAME_WIDTH}}"
    return f"\x1b[{_COLOURS.get(name, '37')}m{text}\x1b[0m" if colours_wanted() else text
