"""Pages that follow what happens without being loaded again: server-sent events, and the same as plain JSON.

An answer is held back until something changed, for a few seconds at most; then the browser asks again by itself, as the
standard for event sources has it (HTML, section 9.2). Nothing streams, so no proxy can swallow it, and no web process
is tied up: only a few answers are held at a time, the others are given at once and asked for more often.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

HELD_SECONDS: Final = 5.0  # below the time a stopping web process has
LOOK_EVERY_SECONDS: Final = 0.2
ASK_AGAIN_MS: Final = 50
ASK_AGAIN_UNHELD_MS: Final = 600
MARK_LENGTH_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """``mark`` names what a page would show now: the same mark, the same page. ``facts`` go with it."""

    mark: str
    facts: dict[str, Any]


def follow(request: HttpRequest, look: Callable[[], Shown]) -> HttpResponse:
    """One event with what ``look`` finds: as soon as it differs from what the page shows (``Last-Event-ID``, or
    ``?mark=`` the first time). ``?once`` asks for JSON at once, for browsers and networks without event sources."""
    if "once" in request.GET:
        shown = look()
        return _uncached(JsonResponse({"mark": shown.mark, **shown.facts}))
    known = (request.headers.get("Last-Event-ID") or request.GET.get("mark", ""))[:MARK_LENGTH_MAX]
    shown, is_held = _wait(look, known)
    lines = [
        f"retry: {ASK_AGAIN_MS if is_held else ASK_AGAIN_UNHELD_MS}",
        f"id: {shown.mark}",
        "event: shown",
        f"data: {json.dumps({'mark': shown.mark, **shown.facts})}",
    ]
    return _uncached(HttpResponse("\n".join(lines) + "\n\n", content_type="text/event-stream"))


class _Places:
    """How many answers this process holds back. Stops open pages from taking every thread of a web process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    def take(self) -> bool:
        with self._lock:
            if self._taken >= settings.LIVE_HELD_MAX:
                return False
            self._taken += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._taken -= 1


_places = _Places()


def _wait(look: Callable[[], Shown], known: str) -> tuple[Shown, bool]:
    shown = look()
    if shown.mark != known or not _places.take():
        return shown, shown.mark != known
    try:
        ends_at = time.monotonic() + HELD_SECONDS
        while shown.mark == known and time.monotonic() < ends_at:
            time.sleep(LOOK_EVERY_SECONDS)
            shown = look()
    finally:
        _places.leave()
    return shown, True


def _uncached(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
