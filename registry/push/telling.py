"""Writing news into the streams of those concerned, each with the next number of its stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection, models, transaction

from identity.credentials.issuers import current_signer
from identity.journal.models import Event
from identity.primitives.ids import new_event_id
from identity.primitives.signing import Signer
from registry.push.models import Delivery, DeliveryState, StatusEvent, Subscription
from registry.push.news import NEWSWORTHY, News, initiating_entity, news_of, sanction_behind
from registry.push.tokens import status_event_token

# One statement for all: told to a thousand receivers, a change of standing costs one round trip here.
_INSERT = """
INSERT INTO push_statusevent (id, subscription_id, seq, source, part, event_type, token, created_at, queued_at, state,
    tries, last_failure)
SELECT id, subscription, seq, source, part, event_type, token, %(at)s, %(at)s, state, 0, ''
FROM unnest(%(id)s::varchar[], %(subscription)s::varchar[], %(seq)s::bigint[], %(source)s::varchar[],
    %(part)s::varchar[], %(event_type)s::varchar[], %(token)s::text[], %(state)s::varchar[])
    AS told (id, subscription, seq, source, part, event_type, token, state)
"""
# A healthy receiver has its turn at once. One that fails waits for its time, a paused one for its organization.
_COUNTED = """
UPDATE push_subscription s
SET last_seq = told.last_seq,
    due_at = CASE WHEN s.state = 'active' AND s.delivery = 'webhook' AND s.failures = 0
                  THEN least(s.due_at, %(at)s) ELSE s.due_at END
FROM unnest(%(ids)s::varchar[], %(seqs)s::bigint[]) AS told (id, last_seq) WHERE s.id = told.id
"""
_READ = ("audience", "created_at", "delivery", "event_types", "last_seq")


@dataclass(frozen=True, slots=True)
class _Row:
    """One event of one stream, as it is inserted."""

    id: str
    subscription: str
    seq: int
    source: str
    part: str
    event_type: str
    token: str
    state: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """One piece of news with what it came from."""

    event: Event
    news: News
    txn: str


def tell(events: Sequence[Event], *, at: datetime) -> int:
    """Write what these events mean to each receiver; how many tokens were made. Twice tells nobody twice.

    The streams are locked in the order of their ids until the transaction ends: that keeps their numbers free of gaps.
    """
    pieces = list(_pieces(_heard_of(events)))
    wanted = {subscription for piece in pieces for subscription in piece.news.subscriptions}
    if not wanted:
        return 0
    with transaction.atomic():
        locked = Subscription.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
        streams = {stream.pk: stream for stream in locked.only(*_READ)}
        told = _told_before(events, streams)
        signer = current_signer()
        rows = [
            _row(streams[name], piece, at, signer)
            for piece in pieces
            for name in sorted(piece.news.subscriptions & streams.keys())
            if _is_news_to(streams[name], piece) and (piece.event.pk, name, piece.news.part) not in told
        ]
        if rows:
            _write(rows, streams.values(), at)
    return len(rows)


def _heard_of(events: Sequence[Event]) -> Sequence[Event]:
    """Those that happened since the first receiver of all asked: nobody is told of the others, whoever they concern."""
    first = Subscription.objects.aggregate(first=models.Min("created_at"))["first"]
    return [event for event in events if first is not None and event.recorded_at >= first]


def _pieces(events: Iterable[Event]) -> Iterable[_Piece]:
    for event in events:
        if event.kind in NEWSWORTHY:
            found = news_of(event)
            txn = (sanction_behind(event) or event.pk) if found else ""
            yield from (_Piece(event, news, txn) for news in found)


def _is_news_to(stream: Subscription, piece: _Piece) -> bool:
    """Nobody is told what happened before she asked, nor what she did not ask for."""
    return stream.wants(piece.news.event_type) and piece.event.recorded_at >= stream.created_at


def _told_before(events: Sequence[Event], streams: dict[str, Subscription]) -> set[tuple[str, str, str]]:
    sources = [event.pk for event in events]
    rows = StatusEvent.objects.filter(source__in=sources, subscription_id__in=list(streams))
    return set(rows.values_list("source", "subscription_id", "part"))


def _row(stream: Subscription, piece: _Piece, at: datetime, signer: Signer) -> _Row:
    stream.last_seq += 1
    jti, event, news = new_event_id(), piece.event, piece.news
    claims = {"initiating_entity": initiating_entity(event.actor), **news.claims, "seq": stream.last_seq}
    token = status_event_token(
        jti=jti,
        audience=stream.audience,
        txn=piece.txn,
        subject=news.subject,
        event_type=news.event_type,
        claims=claims,
        happened_at=event.at,
        at=at,
        signer=signer,
    )
    state = DeliveryState.PENDING if stream.delivery == Delivery.WEBHOOK else DeliveryState.KEPT
    return _Row(jti, stream.pk, stream.last_seq, event.pk, news.part, str(news.event_type), token, state.value)


def _write(rows: Sequence[_Row], streams: Iterable[Subscription], at: datetime) -> None:
    seqs = {stream.pk: stream.last_seq for stream in streams}
    columns = {field.name: [getattr(row, field.name) for row in rows] for field in fields(_Row)}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, {**columns, "at": at})
        cursor.execute(_COUNTED, {"ids": list(seqs), "seqs": list(seqs.values()), "at": at})
