"""Readers of the journal: whatever must follow a change, such as caches, mail and webhooks, each at its own pace.

A reader is a function from events to nothing, registered in a ``readers.py`` of its app::

    @reader("listings", kinds={AgentChanged.kind})
    def refresh_listings(events: Sequence[Event]) -> None: ...

It runs in the transaction that moves its cursor: what it writes to the database happens exactly once. What it does
outside (a mail, a call) may happen twice when that transaction fails after it, so a reader must be idempotent; replay
relies on that too. A reader that raises stays where it is and is tried again: its lag grows and is seen, and no event
is skipped in silence. The other readers go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.utils.module_loading import autodiscover_modules

from identity.journal.models import Event, ReaderCursor
from identity.primitives.errors import InvalidInput, NotFound

BATCH_EVENTS = 500
PASSED_AT_ONCE = 10  # batches' worth of events of other kinds that a reader passes unread in one step
logger = logging.getLogger(__name__)

Read = Callable[[Sequence[Event]], None]


@dataclass(frozen=True, slots=True)
class Reader:
    """A registered reader. ``kinds`` None means every kind; others pass the cursor by unread."""

    name: str
    read: Read
    kinds: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a reader is behind: in events, and in the age in seconds of the oldest one it has not read."""

    reader: str
    position: int
    events: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Drained:
    """What one round did: events passed, by reader, and the readers that raised."""

    passed: dict[str, int]
    failed: tuple[str, ...]


_READERS: dict[str, Reader] = {}


def reader(name: str, *, kinds: Collection[str] | None = None) -> Callable[[Read], Read]:
    """Register the function below as the reader ``name``. A name is for ever: the cursor is kept under it."""

    def register(read: Read) -> Read:
        if name in _READERS and _READERS[name].read.__qualname__ != read.__qualname__:
            raise RuntimeError(f"two readers are called {name}")
        _READERS[name] = Reader(name, read, None if kinds is None else frozenset(kinds))
        return read

    return register


def readers() -> dict[str, Reader]:
    """Every reader by name, after importing each app's ``readers`` module."""
    autodiscover_modules("readers")
    return dict(sorted(_READERS.items()))


def reader_named(name: str) -> Reader:
    try:
        return readers()[name]
    except KeyError:
        raise NotFound("not_found", f"There is no reader called {name}.") from None


def drain_batch(chosen: Reader, *, at: datetime, batch_events: int = BATCH_EVENTS) -> int:
    """Show the reader its next events; how many it passed. 0 when there are none or another process has its cursor."""
    ReaderCursor.objects.get_or_create(reader=chosen.name, defaults={"updated_at": at})
    with transaction.atomic():
        cursor = ReaderCursor.objects.select_for_update(skip_locked=True).filter(reader=chosen.name).first()
        if cursor is None:
            return 0
        step = _next_step(chosen, cursor.position, batch_events)
        if step.wanted:
            chosen.read(step.wanted)
        if step.passed:
            ReaderCursor.objects.filter(reader=chosen.name).update(position=step.last, updated_at=at)
        return step.passed


@dataclass(frozen=True, slots=True)
class _Step:
    """How far a reader goes at once: ``last`` is the position it comes to, ``wanted`` what it is shown on the way."""

    wanted: Sequence[Event]
    last: int
    passed: int


def _next_step(chosen: Reader, position: int, most: int) -> _Step:
    """At most ``most`` events are shown. Those of other kinds are counted only: what nobody reads is not fetched."""
    ahead = Event.objects.filter(position__gt=position).order_by("position")
    if chosen.kinds is None:
        events = list(ahead[:most])
        return _Step(events, events[-1].position or 0 if events else position, len(events))
    passing = ahead.values("position")[: most * PASSED_AT_ONCE]
    found = passing.aggregate(last=models.Max("position"), passed=models.Count("position"))
    if not found["passed"]:
        return _Step((), position, 0)
    wanted = list(ahead.filter(position__lte=found["last"], kind__in=chosen.kinds)[:most])
    if len(wanted) < most:
        return _Step(wanted, found["last"], found["passed"])
    last = wanted[-1].position or 0
    return _Step(wanted, last, ahead.filter(position__lte=last).count())


def drain(name: str, *, at: datetime, batch_events: int = BATCH_EVENTS) -> int:
    """Show the reader everything that is stamped; how many events it passed."""
    chosen = reader_named(name)
    passed = 0
    while batch := drain_batch(chosen, at=at, batch_events=batch_events):
        passed += batch
    return passed


def drain_all(*, at: datetime) -> Drained:
    """Drain every reader. One that raises is logged, keeps its place, and does not stop the others."""
    passed: dict[str, int] = {}
    failed: list[str] = []
    for name in readers():
        try:
            passed[name] = drain(name, at=at)
        except Exception:
            logger.exception("journal reader failed", extra={"reader": name})
            failed.append(name)
    return Drained(passed, tuple(failed))


def replay(name: str, *, position: int = 0, at: datetime) -> int:
    """Set the reader back to just after ``position``, so that it reads all later events again; its position before.

    Raises InvalidInput for a position it has not reached: events must not be skipped by hand.
    """
    chosen = reader_named(name)
    with transaction.atomic():
        cursor, _ = ReaderCursor.objects.select_for_update().get_or_create(reader=chosen.name)
        before = cursor.position
        if not 0 <= position <= before:
            raise InvalidInput("position_out_of_range", f"The reader stands at {before}: choose 0 to {before}.")
        ReaderCursor.objects.filter(reader=chosen.name).update(position=position, updated_at=at)
    return before


def lag(*, at: datetime) -> list[Lag]:
    """How far each reader is behind what is committed, stamped or not."""
    positions = dict(ReaderCursor.objects.values_list("reader", "position"))
    return [_lag_of(name, positions.get(name, 0), at) for name in readers()]


def unstamped() -> int:
    """How many committed events wait for the sequencer."""
    return Event.objects.filter(position__isnull=True).count()


def _lag_of(name: str, position: int, at: datetime) -> Lag:
    unread = models.Q(position__gt=position) | models.Q(position__isnull=True)
    behind = Event.objects.filter(unread).aggregate(events=models.Count("id"), oldest=models.Min("recorded_at"))
    seconds = max(0.0, (at - behind["oldest"]).total_seconds()) if behind["oldest"] else 0.0
    return Lag(name, position, behind["events"], seconds)
