"""DID documents of other hosts (did:web), read through the guarded fetcher and remembered for a stated time.

A document is kept for as long as its server allows, at least a minute, five when it does not say and never longer
than an hour: so long may it take here until a foreign key that was withdrawn stops counting. A host that cannot be
reached is not asked again for ten seconds, so that a hundred credentials of one dead host cost one wait.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from identity.credentials.dns import Unreachable
from identity.credentials.fetch import Fetched, fetch
from identity.credentials.keys import MALFORMED_DOCUMENT, NOT_FOUND, UNREACHABLE, Unresolved
from identity.primitives.canonical import parse_json
from identity.primitives.did import did_web_url
from identity.primitives.errors import AttornError

FRESH_SECONDS_MIN = 60
FRESH_SECONDS_DEFAULT = 300
FRESH_SECONDS_MAX = 3_600
FAILURE_SECONDS = 10
DOCUMENTS_MAX = 512  # of 64 KiB at most: about 100 MB of parsed JSON in the worst case, 2 MB in the usual one

Document = dict[str, Any]
Get = Callable[[str], Fetched]


@dataclass(frozen=True, slots=True)
class _Kept:
    found: Document | Unresolved
    good_until: float


class DocumentCache:
    """The documents of one process, least recently used out first. Two threads that ask for one DID fetch it once."""

    def __init__(self, *, get: Get | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._get = get or _get
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._asking: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def document(self, did: str) -> Document | Unresolved:
        """The document of a foreign did:web, or why there is none."""
        if (kept := self.remembered(did)) is not None:
            return kept
        with self._lock:
            turn = self._asking.setdefault(did, threading.Lock())
        with turn:
            if (kept := self.remembered(did)) is not None:
                return kept
            found, seconds = _read(did, self._get)
            self._keep(did, _Kept(found, self._clock() + seconds))
        return found

    def remembered(self, did: str) -> Document | Unresolved | None:
        """What is known without asking, if it is still fresh."""
        with self._lock:
            kept = self._kept.get(did)
            if kept is None or self._clock() >= kept.good_until:
                return None
            self._kept.move_to_end(did)
            return kept.found

    def forget(self) -> None:
        """Ask everybody anew."""
        with self._lock:
            self._kept.clear()

    def _keep(self, did: str, kept: _Kept) -> None:
        with self._lock:
            self._asking.pop(did, None)
            self._kept[did] = kept
            self._kept.move_to_end(did)
            while len(self._kept) > DOCUMENTS_MAX:
                self._kept.popitem(last=False)


def _get(url: str) -> Fetched:
    return fetch(url, accept="application/did+json, application/did+ld+json, application/json")


def _read(did: str, get: Get) -> tuple[Document | Unresolved, float]:
    """What the host says and for how many seconds it may be kept."""
    try:
        fetched = get(did_web_url(did))
    except Unreachable as error:
        return Unresolved(UNREACHABLE, f"{did} cannot be read: {error}."), FAILURE_SECONDS
    except AttornError as error:
        return Unresolved(MALFORMED_DOCUMENT, error.detail), FAILURE_SECONDS
    if fetched.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return Unresolved(NOT_FOUND, f"{did} has no document at its host."), FRESH_SECONDS_MIN
    if fetched.status != HTTPStatus.OK:
        return Unresolved(UNREACHABLE, f"The host of {did} answered {fetched.status}."), FAILURE_SECONDS
    try:
        document = parse_json(fetched.body)
    except AttornError as error:
        return Unresolved(MALFORMED_DOCUMENT, f"The document of {did} cannot be read: {error.detail}"), FAILURE_SECONDS
    if not isinstance(document, dict) or document.get("id") != did:
        return Unresolved(MALFORMED_DOCUMENT, f"The document found is not that of {did}."), FAILURE_SECONDS
    return document, _fresh_seconds(fetched.max_age)


def _fresh_seconds(max_age: int | None) -> int:
    stated = FRESH_SECONDS_DEFAULT if max_age is None else max_age
    return max(FRESH_SECONDS_MIN, min(stated, FRESH_SECONDS_MAX))


documents = DocumentCache()
