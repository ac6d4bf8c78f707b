"""A full sweep: every source asked anew, every entry compared with its list. Any number of workers share one sweep.

What is left to do stands in the database and nowhere else: sources that have not been asked since the sweep began, and
ranges whose cursor has not reached their end. Workers take pieces of it under leases until nothing is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Min, Q, Sum

from identity.credentials.fetch import fetch
from identity.credentials.models.watch import Sweep, SweepRange, WatchedEntry, WatchSource
from identity.credentials.watch.checking import check_sources
from identity.credentials.watch.claims import (
    claim_range,
    claim_sources_of,
    free_ranges_of,
    free_sources_of,
)
from identity.credentials.watch.limits import ENTRIES_PER_CHUNK, FETCH_THREADS, RANGES_PER_SWEEP_MAX, SECONDS_PER_TURN
from identity.credentials.watch.looking import Get
from identity.credentials.watch.ranges import check_range
from identity.credentials.watch.timing import Spent
from identity.journal.actor import Actor, system
from identity.journal.kinds import SweepFinished, SweepStarted
from identity.journal.record import record
from identity.primitives.clock import now
from identity.primitives.errors import Conflict

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep has come."""

    sources_checked: int
    sources: int
    entries_checked: int
    entries: int
    entries_corrected: int
    ranges_finished: int
    ranges: int

    @property
    def percent(self) -> int:
        """Of the whole, sources and entries counted alike; 100 only at the end."""
        parts = [
            done / whole
            for done, whole in ((self.sources_checked, self.sources), (self.ranges_finished, self.ranges))
            if whole
        ]
        return int(100 * sum(parts) / len(parts)) if parts else 100


def start_sweep(*, actor: Actor, at: datetime) -> Sweep:
    """Cut the entries into ranges for workers to take. Conflict ``sweep_running`` while another sweep runs."""
    try:
        with transaction.atomic():
            sweep = Sweep.objects.create(started_at=at, started_by=str(actor))
            sweep.source_count = WatchSource.objects.filter(created_at__lte=at).count()
            sweep.entry_count = _cut(sweep)
            sweep.save(update_fields=["source_count", "entry_count"])
            record(SweepStarted(sweep.source_count, sweep.entry_count), subject=sweep.pk, actor=actor, at=at)
    except IntegrityError as error:
        raise Conflict("sweep_running", "A sweep is running already; one at a time is enough.") from error
    return sweep


def start_daily_sweep(*, at: datetime) -> Sweep | None:
    """The sweep of the timetable; None when one is running already, which is as good."""
    try:
        return start_sweep(actor=system("watch"), at=at)
    except Conflict:
        return None


def running_sweep() -> Sweep | None:
    return Sweep.objects.filter(finished_at=None).first()


def work_on_sweep(
    sweep: Sweep,
    *,
    get: Get = fetch,
    clock: Clock = now,
    seconds_max: float = SECONDS_PER_TURN,
    spent: Spent | None = None,
) -> bool:
    """Do what is left for about ``seconds_max``, as far as nobody else is doing it; whether the sweep is finished now.

    Lists first, so that the entries are compared with what the issuers say today.
    """
    spent = spent or Spent()
    ends_at = time.monotonic() + seconds_max
    while time.monotonic() < ends_at and (sources := claim_sources_of(sweep, at=clock(), limit=FETCH_THREADS)):
        check_sources(sources, at=clock(), get=get, spent=spent)
    while time.monotonic() < ends_at and (taken := claim_range(sweep.pk, at=clock())) is not None:
        while check_range(taken, at=clock(), spent=spent):
            pass
    return finish_sweep(sweep, at=clock())


def has_free_work(sweep: Sweep, *, at: datetime) -> bool:
    """Whether a piece of it waits that nobody holds."""
    return free_sources_of(sweep, at=at).exists() or free_ranges_of(sweep.pk, at=at).exists()


def finish_sweep(sweep: Sweep, *, at: datetime) -> bool:
    """Note that it is over when nothing is left to do; whether it is."""
    with transaction.atomic():
        locked = Sweep.objects.select_for_update().get(pk=sweep.pk)
        if locked.finished_at is not None:
            return True
        done = progress_of(locked)
        if done.ranges_finished < done.ranges or done.sources_checked < done.sources:
            return False
        locked.finished_at = at
        locked.save(update_fields=["finished_at"])
        record(SweepFinished(done.entries_corrected), subject=locked.pk, actor=system("watch"), at=at)
    return True


def progress_of(sweep: Sweep) -> Progress:
    """Counted from the rows themselves, so that it is true whoever did the work."""
    ranges = SweepRange.objects.filter(sweep=sweep).aggregate(
        checked=Sum("entries_checked", default=0),
        corrected=Sum("entries_corrected", default=0),
        finished=Count("pk", filter=Q(finished_at__isnull=False)),
        whole=Count("pk"),
    )
    sources = WatchSource.objects.filter(created_at__lte=sweep.started_at)
    asked = sources.filter(checked_at__gte=sweep.started_at).count() if sweep.finished_at is None else None
    whole = sources.count() if sweep.finished_at is None else sweep.source_count
    return Progress(
        sources_checked=whole if asked is None else asked,
        sources=whole,
        entries_checked=ranges["checked"],
        entries=sweep.entry_count,
        entries_corrected=ranges["corrected"],
        ranges_finished=ranges["finished"],
        ranges=ranges["whole"],
    )


def _cut(sweep: Sweep) -> int:
    """Ranges of equal length over the ids there are, few and large; how many entries there are."""
    bounds = WatchedEntry.objects.aggregate(first=Min("pk"), last=Max("pk"), count=Count("pk"))
    if not bounds["count"]:
        return 0
    first, end = bounds["first"], bounds["last"] + 1
    pieces = min(RANGES_PER_SWEEP_MAX, -(-bounds["count"] // ENTRIES_PER_CHUNK))
    cuts = [first + (end - first) * piece // pieces for piece in range(pieces + 1)]
    SweepRange.objects.bulk_create(
        SweepRange(sweep=sweep, first_id=low, next_id=low, end_id=high) for low, high in pairwise(cuts) if low < high
    )
    return int(bounds["count"])
