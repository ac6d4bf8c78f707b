"""What an import found and did, as a value that prints and that becomes JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from registry.directory.importers.mcp_entry import LeftOut, Rejected

LISTED_MAX = 10_000  # of each kind of finding; the counts are always whole


@dataclass
class ImportReport:
    """Counts of entries; ``bad``, ``left_out`` and ``vanished`` list the first 10,000 of each."""

    source: str
    sha256: str = ""
    entries: int = 0
    good: int = 0
    bad_count: int = 0
    bad: list[Rejected] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    claimed: int = 0
    vanished_count: int = 0
    vanished: list[str] = field(default_factory=list)

    def add_bad(self, rejected: Rejected) -> None:
        self.bad_count += 1
        if len(self.bad) < LISTED_MAX:
            self.bad.append(rejected)

    def add_left_out(self, parts: tuple[LeftOut, ...]) -> None:
        self.left_out.extend(parts[: LISTED_MAX - len(self.left_out)])

    def add_vanished(self, fqn: str) -> None:
        self.vanished_count += 1
        if len(self.vanished) < LISTED_MAX:
            self.vanished.append(fqn)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The report for a reader at a terminal."""
        yield f"{self.entries:,} entries: {self.good:,} good, {self.bad_count:,} bad"
        yield (
            f"{self.created:,} created, {self.updated:,} updated, {self.unchanged:,} unchanged,"
            f" {self.claimed:,} claimed and left alone"
        )
        for rejected in self.bad:
            yield f"  bad: entry {rejected.position} {rejected.name or '(no name)'}: {rejected.reason}"
        for part in self.left_out:
            yield f"  left out: entry {part.position} {part.name}: {part.part}: {part.reason}"
        if self.vanished_count:
            yield f"{self.vanished_count:,} no longer in the list, kept:"
        for fqn in self.vanished:
            yield f"  vanished: {fqn}"
