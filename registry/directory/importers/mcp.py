"""Importing the MCP Registry's list: each good entry becomes an unclaimed foreign agent with its name and records.

Two passes over one open file. The first reads all of it and writes nothing, so a broken file changes nothing; the
second writes in one transaction, in sets, and is undone if the file turned out to be another than the first pass read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.db import connection, transaction

from identity.journal.actor import Actor
from identity.journal.kinds import AgentImported
from identity.journal.record import record
from registry.directory.importers.json_stream import BrokenFile, JsonArray
from registry.directory.importers.mcp_entry import Entry, Rejected, read_entry
from registry.directory.importers.report import ImportReport
from registry.directory.importers.store import ORIGIN, directory_zone, store_entries
from registry.directory.models import Name, Zone

FILE_BYTES_MAX = 256 << 20
ENTRIES_MAX = 1_000_000  # their names are held in memory to find repeated and vanished ones
CHUNK_ENTRIES = 2_000
_LOCK = 0x6D6370  # one import at a time; the letters mcp

Progress = Callable[[str, int, int], None]


def import_mcp(*, path: Path, actor: Actor, at: datetime, progress: Progress | None = None) -> ImportReport:
    """Import the file at ``path``. Raises BrokenFile, with nothing changed, when it is not such a list.

    ``progress(step, done, total)`` hears how many bytes of the file each step has read. Running it again with the
    same file changes nothing; entries that changed are updated; an agent that somebody has claimed since is left
    alone; one whose entry is gone is reported and kept.
    """
    tell = progress or (lambda step, done, total: None)
    with path.open("rb") as file:
        size = _checked_size(file)
        report = ImportReport(source=path.name)
        seen = _check(file, report, tell, size)
        file.seek(0)
        with transaction.atomic():
            _lock_imports()
            _write(file, report, tell, size, at=at)
            _find_vanished(report, seen)
            if report.created or report.updated:
                zone = directory_zone(at=at)
                count = report.created + report.updated
                record(AgentImported(directory=ORIGIN, count=count), subject=zone.pk, actor=actor, at=at)
    return report


def _checked_size(file: BinaryIO) -> int:
    size = os.fstat(file.fileno()).st_size
    if size > FILE_BYTES_MAX:
        raise BrokenFile(f"the file has more than {FILE_BYTES_MAX >> 20} MiB")
    return size


def _check(file: BinaryIO, report: ImportReport, tell: Progress, size: int) -> set[str]:
    """Read everything, fill in the report's findings, and return the good names."""
    array, seen = JsonArray(file), set[str]()
    for entry in read_entries(array, seen):
        report.entries += 1
        if isinstance(entry, Rejected):
            report.add_bad(entry)
        else:
            report.good += 1
            report.add_left_out(entry.left_out)
        if report.entries % 500 == 0:
            tell("Reading", array.bytes_read, size)
    tell("Reading", size, size)
    report.sha256 = array.sha256
    return seen


def _write(file: BinaryIO, report: ImportReport, tell: Progress, size: int, *, at: datetime) -> None:
    """One chunk is read while the one before is written; the database works meanwhile."""
    array = JsonArray(file)
    good = (entry for entry in read_entries(array, set()) if isinstance(entry, Entry))
    with ThreadPoolExecutor(1) as reader:
        upcoming = reader.submit(list, islice(good, CHUNK_ENTRIES))
        while chunk := upcoming.result():
            upcoming = reader.submit(list, islice(good, CHUNK_ENTRIES))
            outcome = store_entries(chunk, at=at)
            report.created += outcome.created
            report.updated += outcome.updated
            report.unchanged += outcome.unchanged
            report.claimed += outcome.claimed
            tell("Writing", array.bytes_read, size)
    if array.sha256 != report.sha256:
        raise BrokenFile("the file changed while it was read")
    tell("Writing", size, size)


def read_entries(array: JsonArray, seen: set[str]) -> Iterator[Entry | Rejected]:
    """Every entry, good or bad; the second of two with one name is bad. ``seen`` gathers the good names."""
    for position, value in array:
        if position >= ENTRIES_MAX:
            raise BrokenFile(f"the file has more than {ENTRIES_MAX:,} entries", position=position)
        entry = read_entry(position, value)
        if isinstance(entry, Entry):
            if entry.fqn in seen:
                entry = Rejected(position, entry.fqn, "name_repeated", "an earlier entry has the same name")
            else:
                seen.add(entry.fqn)
        yield entry


def _find_vanished(report: ImportReport, seen: set[str]) -> None:
    zone = Zone.objects.filter(label=ORIGIN).first()  # one table, by its index: no plan of a join to go wrong
    known = Name.objects.filter(zone=zone).values_list("fqn", flat=True).order_by("fqn")
    for fqn in known.iterator(chunk_size=CHUNK_ENTRIES):
        if fqn not in seen:
            report.add_vanished(fqn)


def _lock_imports() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
