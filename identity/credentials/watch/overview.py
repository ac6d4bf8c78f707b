"""The background checks as operators see them: counts, the sources in trouble, and how old the oldest answer is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from identity.credentials.models.watch import EntryPurpose, SourceState, WatchedEntry, WatchSource


@dataclass(frozen=True, slots=True)
class Overview:
    """``sources`` by state, ``stale`` including those whose confirmation is past its bound. ``credentials`` is
    PostgreSQL's own estimate: counting a million rows for a page would cost more than it tells."""

    sources: dict[str, int]
    credentials: int
    entries_revoked: int
    entries_suspended: int
    oldest_unchecked_seconds: float
    oldest_unconfirmed_seconds: float


def overview(*, at: datetime) -> Overview:
    set_entries = WatchedEntry.objects.filter(is_set=True).aggregate(
        revoked=Count("pk", filter=Q(purpose=EntryPurpose.REVOCATION)),
        suspended=Count("pk", filter=Q(purpose=EntryPurpose.SUSPENSION)),
    )
    unchecked, unconfirmed = oldest_seconds(at=at)
    return Overview(
        sources=sources_by_state(at=at),
        credentials=_estimate("credentials_watchedcredential"),
        entries_revoked=set_entries["revoked"],
        entries_suspended=set_entries["suspended"],
        oldest_unchecked_seconds=unchecked,
        oldest_unconfirmed_seconds=unconfirmed,
    )


def sources_by_state(*, at: datetime) -> dict[str, int]:
    """How many sources are in which state, states without any left out."""
    overdue = Q(state=SourceState.FRESH, stale_after__lte=at)
    counts = dict(WatchSource.objects.exclude(overdue).values_list("state").annotate(Count("pk")))
    if late := WatchSource.objects.filter(overdue).count():
        counts[SourceState.STALE.value] = counts.get(SourceState.STALE.value, 0) + late
    return {state: counts[state] for state in SourceState.values if state in counts}


def oldest_seconds(*, at: datetime) -> tuple[float, float]:
    """How long ago the source that has waited longest was asked, and how long ago the one longest without an
    authentic answer gave one; 0 when there is nothing to ask. What was never asked counts from when it came."""
    oldest = WatchSource.objects.aggregate(
        checked=Min(Coalesce("checked_at", "created_at")), confirmed=Min(Coalesce("verified_at", "created_at"))
    )
    checked, confirmed = ((at - oldest[name]).total_seconds() if oldest[name] else 0.0 for name in oldest)
    return max(0.0, checked), max(0.0, confirmed)


def troubled_sources(*, at: datetime) -> QuerySet[WatchSource]:
    """Everything that is not plainly confirmed, what has failed longest first."""
    trouble = ~Q(state=SourceState.FRESH) | Q(stale_after__lte=at) | Q(failures__gt=0) | Q(doubts__gt=0)
    return WatchSource.objects.filter(trouble).defer("bits").order_by(F("failing_since").asc(nulls_last=True), "pk")


def _estimate(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        estimated = int(cursor.fetchone()[0])
        if estimated < 10_000:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - the name of our own table
            estimated = int(cursor.fetchone()[0])
    return estimated
