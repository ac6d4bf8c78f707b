"""Whose turn it is, and what a turn came to.

A turn is a lease on one receiver: whoever has it sends that receiver's events in the order of their numbers and stops
at the first that fails. When the process dies the lease runs out and the turn begins again with the first event that
nobody noted as taken: each event arrives at least once, and a receiver tells repeats by their ``webhook-id``.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction

from identity.journal.actor import system
from identity.journal.push_kinds import StatusEventsGivenUp, SubscriptionFailing, SubscriptionRecovered
from identity.journal.record import Entry, record_all
from registry.push.limits import (
    ALARM_AT_FAILURE,
    EVENTS_PER_TURN,
    LATER_SECONDS,
    LEASE,
    PAUSED_AFTER,
    RETRY_AFTER_SECONDS,
    RETRY_JITTER,
    TRIES_MAX,
    UNDELIVERED_MAX,
    VERIFY_EVERY,
)
from registry.push.models import DeliveryState, PauseReason, StatusEvent, Subscription, SubscriptionState
from registry.push.subscriptions import set_paused

DISPATCHER = "push.dispatch"
FAILURE_LENGTH_MAX = 200
GONE = 410

# Receivers that answered last time come first, so that those that fail never keep them waiting.
_CLAIM = """
UPDATE push_subscription SET leased_until = %(until)s WHERE id IN (
    SELECT id FROM push_subscription
    WHERE due_at <= %(at)s AND (leased_until IS NULL OR leased_until <= %(at)s) AND (failures > 0) = %(failing)s
    ORDER BY due_at, id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id
"""
_HEADS = """
SELECT e.id FROM unnest(%(ids)s::varchar[]) AS turn (id), LATERAL (
    SELECT id, seq FROM push_statusevent WHERE subscription_id = turn.id AND state = 'pending'
    ORDER BY seq LIMIT %(most)s) AS e
"""
_WELL = """
UPDATE push_subscription s SET failures = 0, failing_since = NULL, last_failure = '', last_success_at = %(at)s,
    verified_at = coalesce(s.verified_at, %(at)s), due_at = well.due, leased_until = NULL
FROM unnest(%(ids)s::varchar[], %(due)s::timestamptz[]) AS well (id, due) WHERE s.id = well.id
"""
_NOTED = ("organization_id", "state", "failures", "failing_since", "leased_until")


@dataclass(frozen=True, slots=True)
class Turn:
    """A receiver and what it gets, in order. Without events it gets a sign of life."""

    subscription: Subscription
    events: tuple[StatusEvent, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn came to: the events that were taken, and why it stopped, empty when it did not. ``status`` is the
    HTTP status of the failure, 0 when there was no answer."""

    turn: Turn
    taken: tuple[str, ...]
    failure: str = ""
    status: int = 0
    tried: tuple[str, ...] = ()


@dataclass(slots=True)
class _Noted:
    """What is written at the end, for all outcomes together: events of the journal, and the receivers that took
    everything, with when each has its next turn."""

    entries: list[Entry] = field(default_factory=list)
    well: dict[str, datetime] = field(default_factory=dict)


def claim_turns(*, most: int, failing: bool, at: datetime) -> list[Turn]:
    """Up to ``most`` receivers that are due, leased to the caller; those that fail or those that do not."""
    if most <= 0:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"at": at, "until": at + LEASE, "most": most, "failing": failing})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return []
        cursor.execute(_HEADS, {"ids": ids, "most": EVENTS_PER_TURN})
        heads = [row[0] for row in cursor.fetchall()]
    events: dict[str, list[StatusEvent]] = {}
    for event in StatusEvent.objects.filter(pk__in=heads).order_by("seq"):
        events.setdefault(event.subscription_id, []).append(event)
    rows = Subscription.objects.filter(pk__in=ids)
    return [Turn(row, tuple(events.get(row.pk, ()))) for row in rows]


def note_outcomes(outcomes: Sequence[Outcome], *, at: datetime) -> None:
    """Write what became of these turns. A turn whose lease somebody else holds by now counts only as far as events
    were taken."""
    if not outcomes:
        return
    noted = _Noted()
    with transaction.atomic():
        by_id = {outcome.turn.subscription.pk: outcome for outcome in outcomes}
        rows = Subscription.objects.select_for_update(no_key=True).filter(pk__in=by_id).order_by("pk")
        streams = list(rows.only(*_NOTED))
        _note_events(outcomes, at)
        waiting = _still_waiting(by_id)
        for stream in streams:
            outcome = by_id[stream.pk]
            if stream.leased_until == outcome.turn.subscription.leased_until:
                _note_stream(stream, outcome, noted, has_more=stream.pk in waiting, at=at)
        _write_successes(noted.well, at)
        record_all(noted.entries, actor=system(DISPATCHER), at=at)


def _note_events(outcomes: Sequence[Outcome], at: datetime) -> None:
    tried = [event for outcome in outcomes for event in outcome.tried]
    taken = [event for outcome in outcomes for event in outcome.taken]
    with connection.cursor() as cursor:
        if tried:
            cursor.execute(
                "UPDATE push_statusevent SET tries = least(tries + 1, 32767), "
                "first_tried_at = coalesce(first_tried_at, %s) WHERE id = ANY(%s)",
                [at, tried],
            )
        if taken:
            cursor.execute(
                "UPDATE push_statusevent SET state = 'delivered', delivered_at = %s, last_failure = '' "
                "WHERE id = ANY(%s) AND state <> 'delivered'",
                [at, taken],
            )


def _still_waiting(by_id: dict[str, Outcome]) -> set[str]:
    rows = StatusEvent.objects.filter(subscription_id__in=list(by_id), state=DeliveryState.PENDING)
    return set(rows.values_list("subscription_id", flat=True).distinct())


def _note_stream(stream: Subscription, outcome: Outcome, noted: _Noted, *, has_more: bool, at: datetime) -> None:
    stream.leased_until = None
    if stream.state == SubscriptionState.PAUSED:  # meanwhile, by its organization
        stream.save(update_fields=["leased_until"])
    elif outcome.failure:
        _note_failure(stream, outcome, noted, at)
    else:
        _note_success(stream, noted, has_more=has_more, at=at)


def _note_success(stream: Subscription, noted: _Noted, *, has_more: bool, at: datetime) -> None:
    if stream.failures >= ALARM_AT_FAILURE:
        noted.entries.append(_entry(stream, SubscriptionRecovered(stream.failures)))
    noted.well[stream.pk] = at if has_more else at + VERIFY_EVERY


def _write_successes(well: dict[str, datetime], at: datetime) -> None:
    """One statement for all of them: most turns end well, and most of those end together."""
    if well:
        with connection.cursor() as cursor:
            cursor.execute(_WELL, {"ids": list(well), "due": list(well.values()), "at": at})


def _note_failure(stream: Subscription, outcome: Outcome, noted: _Noted, at: datetime) -> None:
    failure = outcome.failure[:FAILURE_LENGTH_MAX]
    stream.failures += 1
    stream.failing_since = stream.failing_since or at
    stream.last_failure = failure
    stream.due_at = next_try(stream.failures, failing_since=stream.failing_since, at=at)
    stream.save(update_fields=["failures", "failing_since", "last_failure", "due_at", "leased_until"])
    if outcome.tried:
        StatusEvent.objects.filter(pk=outcome.tried[-1]).update(last_failure=failure)
    if stream.failures == ALARM_AT_FAILURE:
        noted.entries.append(_entry(stream, SubscriptionFailing(stream.failures)))
    given_up = _give_up(stream, at)
    if given_up:
        noted.entries.append(_entry(stream, StatusEventsGivenUp(given_up)))
    if outcome.status == GONE:
        set_paused(stream, PauseReason.GONE, actor=system(DISPATCHER), at=at)
    elif at - stream.failing_since >= PAUSED_AFTER:
        set_paused(stream, PauseReason.UNREACHABLE, actor=system(DISPATCHER), at=at)


def _give_up(stream: Subscription, at: datetime) -> int:
    """What has waited for a day, or was tried a dozen times, is a dead letter: it stays to be read or sent again."""
    waiting = StatusEvent.objects.filter(subscription=stream, state=DeliveryState.PENDING)
    ended = waiting.filter(tries__gte=TRIES_MAX) | waiting.filter(queued_at__lte=at - UNDELIVERED_MAX)
    return ended.update(state=DeliveryState.DEAD, last_failure=stream.last_failure)


def next_try(failures: int, *, failing_since: datetime, at: datetime) -> datetime:
    """When a receiver that failed ``failures`` times in a row is tried again."""
    if failures < len(RETRY_AFTER_SECONDS):
        seconds = RETRY_AFTER_SECONDS[failures]
        after = failing_since + timedelta(seconds=seconds)
    else:
        seconds = LATER_SECONDS
        after = at + timedelta(seconds=seconds)
    jitter = timedelta(seconds=seconds * RETRY_JITTER * random.random())  # noqa: S311  jitter, no secret
    return max(after, at + timedelta(seconds=1)) + jitter


def _entry(stream: Subscription, payload: SubscriptionFailing | SubscriptionRecovered | StatusEventsGivenUp) -> Entry:
    return Entry(payload, stream.pk, stream.organization_id)


def give_back(turns: Iterable[Turn]) -> None:
    """Turns that were not begun: somebody else may take them at once."""
    for turn in turns:
        leased = turn.subscription
        Subscription.objects.filter(pk=leased.pk, leased_until=leased.leased_until).update(leased_until=None)
