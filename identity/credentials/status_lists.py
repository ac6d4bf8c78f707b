"""Places in the public status lists: handed out at random, set and cleared. Online answers read the same rows.

Setting a bit writes the entry alone, no list: thousands may be set at the same time. Celery gathers the changed lists
within seconds (``publish``); nothing here waits for it.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from identity.credentials.models import EntryStatus, StatusEntry, StatusList, StatusListForm
from identity.credentials.models.status import LIST_ENTRIES
from identity.credentials.publish import publish_list

# A list is closed when half its places are taken: a random draw then still finds a free one in two tries.
LIST_FILL_MAX = LIST_ENTRIES // 2
# Counting a list costs milliseconds, so one allocation in this many does it; a list overshoots by as many at most.
_ALLOCATIONS_A_COUNT = 64
# At half fill, missing this often in a row is less likely than a broken disk.
_DRAWS_MAX = 64
# Any fixed number works: it only has to differ from the other advisory locks of this database.
_OPENING_LOCK = 0x41544E_53544C
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def allocate(*, purpose_subject: str, at: datetime) -> StatusEntry:
    """A free place for ``purpose_subject``, the typed id of a credential or a delegation; it belongs to the caller's
    transaction. The index is random: its place in the list says nothing about when, or for whom, it was issued."""
    status_list = StatusList.objects.filter(closed_at=None).first() or _open_next(None, at=at)
    for _ in range(_DRAWS_MAX):
        entry = StatusEntry(
            status_list=status_list,
            index=secrets.randbelow(status_list.entries),
            subject=purpose_subject,
            allocated_at=at,
        )
        if entry.index % _ALLOCATIONS_A_COUNT == 0 and _is_filled(status_list):
            status_list = _open_next(status_list, at=at)
        elif _take(entry):
            return entry
    raise RuntimeError(f"no free place was drawn in {_DRAWS_MAX} tries from {status_list}")


def set_revoked(*entries: StatusEntry, at: datetime) -> int:
    """End them for good; how many were not revoked before. The database refuses to take it back."""
    return _change(StatusEntry.objects.filter(revoked_at=None), entries, revoked_at=at)


def set_suspended(*entries: StatusEntry, at: datetime) -> int:
    """Pause them; how many this changed. What is revoked or suspended stays as it is."""
    return _change(StatusEntry.objects.filter(revoked_at=None, suspended_at=None), entries, suspended_at=at)


def clear_suspended(*entries: StatusEntry, at: datetime) -> int:
    """Let them count again; how many this changed. What is revoked stays as it is. ``at`` is the moment it is said,
    a suspension that begins later is not lifted by it."""
    suspended = StatusEntry.objects.filter(revoked_at=None, suspended_at__lte=at)
    return _change(suspended, entries, suspended_at=None)


def status_of(entry: StatusEntry, *, at: datetime) -> EntryStatus:
    """The online answer: what the database says now, however old the row in hand or the public list is."""
    entry.refresh_from_db(fields=["revoked_at", "suspended_at"])
    return entry.status(at)


def own_list(url: str) -> tuple[StatusListForm, int] | None:
    """The form and number of the list at ``url`` if this instance publishes it, however many it has; None for all
    other addresses. Ours are never fetched: the rows behind them are fresher than any copy."""
    prefix = f"{settings.PUBLIC_URL}/status/"
    letter, slash, number = url.removeprefix(prefix).partition("/")
    if not url.startswith(prefix) or letter not in StatusListForm.values or not slash:
        return None
    return (StatusListForm(letter), int(number)) if _NUMBER.fullmatch(number) else None


def own_entry(url: str, index: int) -> StatusEntry | None:
    """The place at ``index`` of one of our lists; None when the list is not ours or the place was never handed out."""
    found = own_list(url)
    return StatusEntry.objects.filter(status_list=found[1], index=index).first() if found else None


def _change(unchanged: QuerySet[StatusEntry], entries: tuple[StatusEntry, ...], **dates: datetime | None) -> int:
    """Rows are locked in the order of their ids, so that two changes of the same many never wait for each other."""
    rows = unchanged.filter(pk__in=[entry.pk for entry in entries]).order_by("pk").select_for_update()
    with transaction.atomic():
        changed = set(rows.values_list("pk", flat=True))
        StatusEntry.objects.filter(pk__in=changed).update(awaits_publication=True, **dates)
    for entry in entries:
        if entry.pk in changed:
            for field, value in dates.items():
                setattr(entry, field, value)
    return len(changed)


@transaction.atomic
def _open_next(filled: StatusList | None, *, at: datetime) -> StatusList:
    """Close the filled list and open another; whoever comes at the same time waits and finds the new one open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_OPENING_LOCK])
    if filled is not None:
        StatusList.objects.filter(pk=filled.pk, closed_at=None).update(closed_at=at)
    current = StatusList.objects.filter(closed_at=None).first()
    if current is None:
        current = StatusList.objects.create(opened_at=at)
        # Published before its first place is handed out: no credential ever points to an address without an answer.
        publish_list(current.pk, at=at)
    return current


def _is_filled(status_list: StatusList) -> bool:
    return status_list.handed_out.count() >= LIST_FILL_MAX


def _take(entry: StatusEntry) -> bool:
    """Insert the entry unless its place is taken: no savepoint, no aborted transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO credentials_statusentry (id, status_list_id, "index", subject, allocated_at, '
            "awaits_publication) VALUES (%s, %s, %s, %s, %s, false) ON CONFLICT (status_list_id, index) DO NOTHING",
            [entry.pk, entry.status_list_id, entry.index, entry.subject, entry.allocated_at],
        )
        entry._state.adding = cursor.rowcount == 0
    return not entry._state.adding
