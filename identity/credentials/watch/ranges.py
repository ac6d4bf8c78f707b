"""Comparing entries with their lists, tens of thousands at a time: the part of a full sweep that asks nobody.

Lists that change mark their entries at once (``conclude``). This pass is the second guard: whatever the reason, an
entry that does not say what its list says is found here and put right.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from identity.credentials.models.watch import SweepRange
from identity.credentials.watch.bits import digits, disagreements
from identity.credentials.watch.claims import still_mine
from identity.credentials.watch.conclude import ACTOR
from identity.credentials.watch.limits import ENTRIES_PER_CHUNK, RANGE_LEASE
from identity.credentials.watch.marking import Mark, mark_entries
from identity.credentials.watch.timing import Spent

# One row a source: the ids, places and marks of its entries in this stretch, packed. Reading them as rows would take
# ten times as long as everything else together.
_PACKED = """
    SELECT source_id, string_agg(int8send(id), ''::bytea), string_agg(int4send("index"), ''::bytea),
        string_agg(CASE WHEN is_set THEN '1' ELSE '0' END, '')
    FROM credentials_watchedentry WHERE id >= %s AND id < %s GROUP BY source_id
"""
# Held so that no list changes between reading it and comparing with it; in one order, so that two never wait in a ring.
_HELD_LISTS = "SELECT id, bits FROM credentials_watchsource WHERE id = ANY (%s) ORDER BY id FOR SHARE"
_END_OF_CHUNK = """
    SELECT max(id) + 1, count(*)
    FROM (SELECT id FROM credentials_watchedentry WHERE id >= %s AND id < %s ORDER BY id LIMIT %s) AS entry
"""


@dataclass(frozen=True, slots=True)
class _Group:
    """The entries of one source in a chunk."""

    source_id: str
    ids: array[int]
    places: array[int]
    marks: bytes


def check_range(taken: SweepRange, *, at: datetime, spent: Spent | None = None) -> bool:
    """Check the next chunk of a claimed range and move its cursor, in one transaction; whether there is more to do.

    False, too, when the lease has been lost: somebody else goes on from where the cursor stands.
    """
    spent = spent or Spent()
    with transaction.atomic():
        locked = still_mine(taken)
        if locked is None:
            return False
        with spent.read:
            end_id, entries = _chunk_after(locked.next_id, locked.end_id)
            groups = list(_groups(locked.next_id, end_id))
        corrected = _check(groups, at=at, spent=spent)
        _move_on(locked, end_id=end_id, entries=entries, corrected=corrected, at=at)
    taken.next_id, taken.leased_until = locked.next_id, locked.leased_until
    return locked.finished_at is None


def _chunk_after(first_id: int, end_id: int) -> tuple[int, int]:
    """Where the next chunk ends, and how many entries it holds; an empty stretch ends at once."""
    with connection.cursor() as cursor:
        cursor.execute(_END_OF_CHUNK, [first_id, end_id, ENTRIES_PER_CHUNK])
        found, entries = cursor.fetchone()
    return (end_id, entries) if found is None or entries < ENTRIES_PER_CHUNK else (found, entries)


def _groups(first_id: int, end_id: int) -> Iterator[_Group]:
    with connection.cursor() as cursor:
        cursor.execute(_PACKED, [first_id, end_id])
        for source_id, ids, places, marks in cursor.fetchall():
            yield _Group(source_id, _integers("q", ids), _integers("i", places), marks.encode())


def _check(groups: list[_Group], *, at: datetime, spent: Spent) -> int:
    with spent.read, connection.cursor() as cursor:
        cursor.execute(_HELD_LISTS, [[group.source_id for group in groups]])
        lists = {source_id: bytes(bits) for source_id, bits in cursor.fetchall()}
    with spent.check:
        marks = [mark for group in groups for mark in _marks(group, lists[group.source_id])]
    with spent.write:
        return mark_entries(marks, actor=ACTOR, at=at)


def _marks(group: _Group, bits: bytes) -> list[Mark]:
    """What is to be put right. A source that was never confirmed says nothing about anybody."""
    if not bits:
        return []
    unpacked = digits(bits)
    differing = disagreements(unpacked, group.places, group.marks)
    return [Mark(group.ids[each], group.marks[each] == ord("0")) for each in differing]


def _move_on(locked: SweepRange, *, end_id: int, entries: int, corrected: int, at: datetime) -> None:
    locked.next_id = end_id
    locked.entries_checked += entries
    locked.entries_corrected += corrected
    locked.leased_until = at + RANGE_LEASE
    if end_id >= locked.end_id:
        locked.finished_at, locked.leased_until = at, None
    locked.save(update_fields=["next_id", "entries_checked", "entries_corrected", "leased_until", "finished_at"])


def _integers(code: str, packed: bytes) -> array[int]:
    """PostgreSQL sends integers in network order."""
    numbers = array(code, bytes(packed))
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
