"""Checking sources: ask, decide whether what came can be believed, let it have its effect."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from identity.credentials.fetch import fetch
from identity.credentials.models.watch import SourceForm, SourceState, WatchedCredential, WatchSource
from identity.credentials.watch.claims import claim_due_sources
from identity.credentials.watch.conclude import Concluded, confirm, fail
from identity.credentials.watch.issuer_keys import follow_keys
from identity.credentials.watch.limits import FETCH_THREADS, SECONDS_PER_TURN
from identity.credentials.watch.lists import NotBelievable, read_list
from identity.credentials.watch.looking import Get, Look, Sight, look
from identity.credentials.watch.timing import Spent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """One source after one look."""

    source_id: str
    state: SourceState
    entries_changed: int


def check_due_sources(
    *, at: datetime, get: Get = fetch, seconds_max: float = SECONDS_PER_TURN, spent: Spent | None = None
) -> list[Checked]:
    """Check what is due, in groups as large as there are threads, for about ``seconds_max``; any number of workers may
    do so at once."""
    checked: list[Checked] = []
    ends_at = time.monotonic() + seconds_max
    while time.monotonic() < ends_at and (due := claim_due_sources(at=at, limit=FETCH_THREADS)):
        checked += check_sources(due, at=at, get=get, spent=spent)
    return checked


def check_sources(
    sources: Sequence[WatchSource], *, at: datetime, get: Get = fetch, spent: Spent | None = None
) -> list[Checked]:
    """Look at all of them at the same time, then conclude one after the other. Claim them first."""
    spent = spent or Spent()
    if len(sources) == 1:
        with spent.fetch:
            looks = [look(sources[0], get=get)]
    else:
        with spent.fetch, ThreadPoolExecutor(min(FETCH_THREADS, len(sources)), "look") as threads:
            looks = list(threads.map(lambda source: look(source, get=get), sources))
    return [_checked(source, seen, at=at, spent=spent) for source, seen in zip(sources, looks, strict=True)]


def sources_of(credential: WatchedCredential) -> list[WatchSource]:
    """Everything its state rests on."""
    hung_on = Q(entries__credential=credential) | Q(pk=credential.key_source_id)
    return list(WatchSource.objects.filter(hung_on).distinct().defer("bits").order_by("pk"))


def check_source(source: WatchSource, *, at: datetime, get: Get = fetch) -> Checked:
    """One source, now, whether it is due or not."""
    return check_sources([source], at=at, get=get)[0]


def _checked(source: WatchSource, seen: Look, *, at: datetime, spent: Spent) -> Checked:
    """One list that makes us stumble must not keep the others from being checked."""
    try:
        concluded = _conclude(source, seen, at=at, spent=spent)
    except Exception:
        logger.exception("a source could not be checked", extra={"source": source.pk})
        concluded = fail(source, SourceState.INVALID, "what came could not be read", at=at)
    return Checked(source.pk, concluded.state, concluded.entries_changed)


def _conclude(source: WatchSource, seen: Look, *, at: datetime, spent: Spent) -> Concluded:
    if seen.sight is Sight.UNREACHABLE or seen.fetched is None:
        return fail(source, SourceState.UNREACHABLE, seen.detail, at=at)
    if source.form == SourceForm.DID_WEB:
        return follow_keys(source, seen.fetched, at=at)
    if seen.sight is Sight.UNCHANGED:
        with spent.write:
            return confirm(source, None, at=at)
    with spent.decode:
        reading = read_list(source, seen.fetched, at)
    with spent.write:
        if isinstance(reading, NotBelievable):
            return fail(source, reading.state, reading.detail, at=at)
        return confirm(source, reading, at=at)
