"""What a look at a source changes, in one transaction: the list it holds, the entries that hang on it, its state.

*Unreachable* and *invalid* are conclusions about the source, reached only after several tries in a row; no number of
failures ever sets or clears anybody's bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from identity.credentials.models.watch import NOTE_LENGTH_MAX, SourceState, WatchSource
from identity.credentials.watch.bits import changed_places, digits, disagreements
from identity.credentials.watch.limits import CHECK_EVERY, PLACES_BY_INDEX_MAX, RETRY_AFTER, STALE_AFTER
from identity.credentials.watch.marking import Mark, mark_entries, mark_places
from identity.credentials.watch.schedule import after_failure, after_success, is_conclusive
from identity.journal.actor import system
from identity.journal.kinds import WatchSourceChanged
from identity.journal.record import record

ACTOR = system("watch")

CONFIRMED_FIELDS = [
    "bits",
    "etag",
    "last_modified",
    "issued_at",
    "expires_at",
    "verified_at",
    "stale_after",
    "failures",
    "failing_since",
]
TRY_FIELDS = ["state", "state_since", "checked_at", "next_check_at", "leased_until", "last_result"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A list that was fetched, whose signature, issuer and dates hold. ``bits`` as in ``WatchSource.bits``."""

    bits: bytes
    issued_at: datetime | None
    expires_at: datetime | None
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Concluded:
    """What came of it. ``entries_changed`` credentials' places were set or cleared."""

    state: SourceState
    entries_changed: int = 0
    is_dropped: bool = False
    """Somebody looked later than we did and has had the word already."""


def confirm(source: WatchSource, reading: Reading | None, *, at: datetime) -> Concluded:
    """The list is authentic; None: its server says that the one we hold still stands (304). ``at`` is when the look
    began."""
    with transaction.atomic():
        locked = lock_source(source)
        if _is_older_look(locked, at):
            return Concluded(SourceState(locked.state), is_dropped=True)
        if reading is not None and _is_older_list(locked, reading):
            return _failed(locked, SourceState.STALE, "the list is older than one we have seen before", at=at)
        changed = 0
        if reading is not None:
            changed = _follow(locked, reading, at=at)
        if locked.expires_at is not None and locked.expires_at <= at:
            return _failed(locked, SourceState.STALE, "the list has ended by its own date", at=at, changed=changed)
        confirmed(locked, at=at)
        return save_try(locked, SourceState.FRESH, "confirmed", at=at, changed=changed)


def fail(source: WatchSource, state: SourceState, detail: str, *, at: datetime) -> Concluded:
    """The look failed: ``state`` is what the source is once enough tries have said so."""
    with transaction.atomic():
        locked = lock_source(source)
        if _is_older_look(locked, at):
            return Concluded(SourceState(locked.state), is_dropped=True)
        return _failed(locked, state, detail, at=at)


def lock_source(source: WatchSource) -> WatchSource:
    """The row, until the transaction ends. Weaker than FOR UPDATE, so that entries may be added meanwhile elsewhere."""
    return WatchSource.objects.select_for_update(no_key=True).get(pk=source.pk)


def confirmed(source: WatchSource, *, at: datetime) -> None:
    """Note on the locked row that what it holds is true at ``at``."""
    bound = at + STALE_AFTER
    source.verified_at = at
    source.stale_after = bound if source.expires_at is None else min(bound, source.expires_at)
    source.failures, source.failing_since = 0, None
    source.next_check_at = after_success(at=at, every=CHECK_EVERY)


def save_try(source: WatchSource, state: SourceState, detail: str, *, at: datetime, changed: int = 0) -> Concluded:
    """Write the locked row; an event when its state is another than before."""
    source.checked_at, source.leased_until, source.last_result = at, None, detail[:NOTE_LENGTH_MAX]
    if source.state != state:
        source.state, source.state_since = state, at
        record(WatchSourceChanged(source.url, state.value), subject=source.pk, actor=ACTOR, at=at)
    source.save(update_fields=[*CONFIRMED_FIELDS, *TRY_FIELDS, "doubted_methods", "doubts"])
    return Concluded(state, changed)


def _failed(source: WatchSource, state: SourceState, detail: str, *, at: datetime, changed: int = 0) -> Concluded:
    source.failures += 1
    source.failing_since = source.failing_since or at
    source.next_check_at = after_failure(at=at, failures=source.failures, retry_after=RETRY_AFTER)
    is_over = is_conclusive(failures=source.failures, failing_for=at - source.failing_since)
    concluded = state if is_over else SourceState(source.state)
    return save_try(source, concluded, detail, at=at, changed=changed)


def _follow(source: WatchSource, reading: Reading, *, at: datetime) -> int:
    """Put the new list in place of the old one, and let the entries that differ follow it."""
    old = bytes(source.bits)
    source.bits = reading.bits
    source.issued_at, source.expires_at = reading.issued_at, reading.expires_at
    source.etag, source.last_modified = reading.etag, reading.last_modified
    places = changed_places(old, reading.bits)
    if not old or len(places) > PLACES_BY_INDEX_MAX:
        return _compare_entries(source.pk, reading.bits, at=at)
    unpacked = reading.bits
    marks = [Mark(place, bool(unpacked[place >> 3] & (0x80 >> (place & 7)))) for place in places]
    return mark_places(source.pk, marks, actor=ACTOR, at=at)


def _compare_entries(source_id: str, bits: bytes, *, at: datetime) -> int:
    """For a first list, and for lists that changed in thousands of places, most of which are nobody's here."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(array_agg(id), '{}'), coalesce(array_agg("index"), '{}'),
                coalesce(string_agg(is_set::int::text, ''), '')
            FROM (SELECT id, "index", is_set FROM credentials_watchedentry WHERE source_id = %s) AS entry""",
            [source_id],
        )
        ids, places, marks = cursor.fetchone()
    unpacked = digits(bits)
    differing = disagreements(unpacked, places, marks.encode())
    found = [Mark(ids[each], unpacked[places[each]] == ord("1")) for each in differing]
    return mark_entries(found, actor=ACTOR, at=at)


def _is_older_look(source: WatchSource, at: datetime) -> bool:
    """Stops a slow worker from writing over what a quicker one, which began later, has found."""
    return source.checked_at is not None and source.checked_at > at


def _is_older_list(source: WatchSource, reading: Reading) -> bool:
    """Stops a replay: an old list, still properly signed, that would make revoked credentials look good again."""
    return source.issued_at is not None and reading.issued_at is not None and reading.issued_at < source.issued_at
