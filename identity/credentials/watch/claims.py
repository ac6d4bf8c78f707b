"""Taking work so that no other worker takes it too. A lease ends by itself: a worker that is killed leaves what it had
taken due again, and since every change is one transaction, nothing is half done."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from identity.credentials.models.watch import Sweep, SweepRange, WatchSource
from identity.credentials.watch.limits import RANGE_LEASE, SOURCE_LEASE


def claim_due_sources(*, at: datetime, limit: int) -> list[WatchSource]:
    """The sources that are due longest, at most ``limit`` of them, for the length of a lease. Without their bits."""
    return _claim(WatchSource.objects.filter(_is_free(at), next_check_at__lte=at), at=at, limit=limit)


def claim_sources_of(sweep: Sweep, *, at: datetime, limit: int) -> list[WatchSource]:
    """Sources that nobody has asked since the sweep began."""
    return _claim(free_sources_of(sweep, at=at), at=at, limit=limit)


def free_sources_of(sweep: Sweep, *, at: datetime) -> QuerySet[WatchSource]:
    unasked = Q(checked_at=None) | Q(checked_at__lt=sweep.started_at)
    return WatchSource.objects.filter(_is_free(at), unasked, created_at__lte=sweep.started_at)


def free_ranges_of(sweep_id: str, *, at: datetime) -> QuerySet[SweepRange]:
    return SweepRange.objects.filter(_is_free(at), sweep_id=sweep_id, finished_at=None)


def claim_range(sweep_id: str, *, at: datetime) -> SweepRange | None:
    """An unfinished stretch of the sweep that nobody works on, None when there is none."""
    with transaction.atomic():
        found = free_ranges_of(sweep_id, at=at).select_for_update(skip_locked=True).order_by("pk").first()
        if found is not None:
            found.leased_until = at + RANGE_LEASE
            found.save(update_fields=["leased_until"])
    return found


def still_mine(taken: SweepRange) -> SweepRange | None:
    """The claimed stretch, locked for the transaction; None when the lease ended and somebody else has taken it."""
    return (
        SweepRange.objects.select_for_update()
        .filter(pk=taken.pk, leased_until=taken.leased_until, next_id=taken.next_id, finished_at=None)
        .first()
    )


def _claim(wanted: QuerySet[WatchSource], *, at: datetime, limit: int) -> list[WatchSource]:
    with transaction.atomic():
        rows = wanted.select_for_update(skip_locked=True, no_key=True).order_by("next_check_at").defer("bits")
        taken = list(rows[:limit])
        WatchSource.objects.filter(pk__in=[source.pk for source in taken]).update(leased_until=at + SOURCE_LEASE)
    return taken


def _is_free(at: datetime) -> Q:
    return Q(leased_until=None) | Q(leased_until__lte=at)
