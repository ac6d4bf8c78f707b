"""``/v1/status-events``: a receiver reads what it missed, waits for what is next, or listens to a stream of it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.http import StreamingHttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.models import Vendor
from identity.credentials.issuers import current_signer
from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput, Unavailable
from identity.primitives.ids import new_event_id
from registry.api.authentication import Caller
from registry.api.schema import describe
from registry.api.v1.agent_access import require_permission
from registry.api.v1.push_shapes import SEQ_MAX, StatusEventOut, StatusEventsOut, StatusEventsQuery
from registry.api.views import AUTHENTICATED, Resource
from registry.push.event_types import VERIFICATION
from registry.push.limits import LOOK_EVERY_SECONDS, PAGE_EVENTS, STREAM_SECONDS_MAX, VERIFY_EVERY, WAIT_SECONDS_MAX
from registry.push.models import Subscription
from registry.push.streams import StreamPage, read_stream, stream_of
from registry.push.tokens import verification_token

RETRY_MILLISECONDS: Final = 1_000
_WAIT: Final = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,3})(?:$|[,;\s])")
# Whoever waits holds a thread: so many of a process's threads at most, and the others go on answering.
_seats = threading.BoundedSemaphore(settings.STATUS_STREAMS_MAX)


class StatusEvents(Resource):
    scopes = {"GET": AUTHENTICATED}

    @describe(
        "Read status events",
        answers={200: StatusEventsOut},
        parameters=[StatusEventsQuery],
        problems=["not_found", "no_subscription", "subscription_ambiguous", "status_events_expired"],
        tag="status events",
    )
    def get(self, request: Request) -> Response:
        """What follows `after`, without a gap, at most 100 events. With `Prefer: wait=30` the answer is held back until
        there is something, at most 30 seconds. A registered vendor may read by its own signature."""
        require_reader(self.caller)
        query = self.query(StatusEventsQuery)
        stream = stream_of(self.organization, query.get("subscription"))
        asked = _WAIT.search(request.headers.get("Prefer", ""))
        page = read_stream(stream, after=query["after"], most=query["limit"])
        headers = {}
        if asked and not page.events and _seats.acquire(blocking=False):
            seconds = min(int(asked[1]), WAIT_SECONDS_MAX)
            headers["Preference-Applied"] = f"wait={seconds}"
            try:
                page = _waited(stream, query["after"], query["limit"], seconds)
            finally:
                _seats.release()
        return Response(StatusEventsOut(_page(stream, page)).data, headers=headers)


class StatusEventStream(Resource):
    """Server-sent events (WHATWG HTML section 9.2), resumed with ``Last-Event-ID``, which is the number of the last
    event. It begins with a sign of life, so that whoever comes without a number knows where the stream stands."""

    scopes = {"GET": AUTHENTICATED}
    schema = None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request) -> StreamingHttpResponse:
        require_reader(self.caller)
        stream = stream_of(self.organization, request.query_params.get("subscription"))
        after = _last_seen(request, stream)
        read_stream(stream, after=after, most=1)  # 410 now rather than a stream that begins with a gap
        if not _seats.acquire(blocking=False):
            sentence = "Too many receivers listen at this moment. Read page by page meanwhile."
            raise Unavailable("too_many_streams", sentence, retry_after_seconds=5)
        response = StreamingHttpResponse(_Listening(stream, after), content_type="text/event-stream")
        response["X-Accel-Buffering"] = "no"
        return response


class _Listening:
    """The body of one stream. It gives its seat back when it is closed, read or not."""

    def __init__(self, stream: Subscription, after: int) -> None:
        self._lines = _lines(stream, after)
        self._is_seated = True

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def close(self) -> None:
        if self._is_seated:
            self._is_seated = False
            _seats.release()


def require_reader(caller: Caller) -> None:
    """A service key with the scope, or a registered vendor by its own signature: it reads for its organization."""
    if caller.agent is None or not Vendor.objects.filter(pk=caller.agent.pk).exists():
        require_permission(caller, Permission.STATUS_EVENTS_READ)


def _last_seen(request: Request, stream: Subscription) -> int:
    """The number after which to begin: what the client saw last, or where the stream stands."""
    text = request.headers.get("Last-Event-ID") or request.query_params.get("after")
    if text is None:
        return stream.last_seq
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= SEQ_MAX):
        raise InvalidInput("invalid_input", "Last-Event-ID is the number of an event.", field="after")
    return int(text)


def _waited(stream: Subscription, after: int, most: int, seconds: int) -> StreamPage:
    deadline = time.monotonic() + seconds
    while True:
        page = read_stream(stream, after=after, most=most)
        if page.events or time.monotonic() >= deadline:
            return page
        time.sleep(LOOK_EVERY_SECONDS)


def _page(stream: Subscription, page: StreamPage) -> dict[str, Any]:
    return {
        "subscription": stream.pk,
        "items": page.events,
        "first_seq": page.first_seq,
        "last_seq": page.last_seq,
        "has_more": page.has_more,
    }


def _lines(stream: Subscription, after: int) -> Iterator[bytes]:
    ends_at = time.monotonic() + STREAM_SECONDS_MAX
    verify_at = 0.0
    yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
    while time.monotonic() < ends_at:
        page = read_stream(stream, after=after, most=PAGE_EVENTS)
        for event in page.events:
            data = json.dumps(dict(StatusEventOut(event).data), separators=(",", ":"))
            yield f"id: {event.seq}\nevent: {event.event_type}\ndata: {data}\n\n".encode()
            after = event.seq
        if time.monotonic() >= verify_at:
            verify_at = time.monotonic() + VERIFY_EVERY.total_seconds()
            yield _sign_of_life(stream)
        if not page.has_more:
            time.sleep(LOOK_EVERY_SECONDS)


def _sign_of_life(stream: Subscription) -> bytes:
    """Without an ``id``: it is no event of the stream, and must not move what the client saw last."""
    jti = new_event_id()
    token = verification_token(
        jti=jti,
        audience=stream.audience,
        stream=stream.pk,
        last_seq=stream.last_seq,
        at=now(),
        signer=current_signer(),
    )
    data = json.dumps({"jti": jti, "seq": stream.last_seq, "token": token}, separators=(",", ":"))
    return f"event: {VERIFICATION}\ndata: {data}\n\n".encode()


urlpatterns = [
    path("v1/status-events", StatusEvents.as_view(), name="api_status_events"),
    path("v1/status-events/stream", StatusEventStream.as_view(), name="api_status_event_stream"),
]
