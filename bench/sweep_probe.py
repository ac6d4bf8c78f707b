"""What a worker of the sweep's bench is ordered to do."""

from __future__ import annotations

import resource
import time
from typing import Any

from bench import workers


def _sweep() -> dict[str, Any]:
    """Start a sweep, or join the one another worker has started, until it is over."""
    from identity.credentials.models import WatchedEntry
    from identity.credentials.watch.sweep import start_sweep, work_on_sweep
    from identity.credentials.watch.timing import Spent
    from identity.journal.actor import system
    from identity.primitives.clock import now
    from identity.primitives.errors import Conflict

    began, spent = time.time(), Spent()
    try:
        sweep = start_sweep(actor=system("bench"), at=now())
    except Conflict:
        sweep = _latest()
    while not work_on_sweep(sweep, spent=spent):
        time.sleep(0.005)
    ended = time.time()
    return {
        "began": began,
        "ended": ended,
        "spent": spent.as_seconds(),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "revoked": WatchedEntry.objects.filter(is_set=True).count(),
    }


def _latest() -> Any:
    from identity.credentials.models import Sweep

    return Sweep.objects.latest("started_at")


def _one() -> dict[str, Any]:
    """Ask one list that has changed; how long marking took after the fetch."""
    from identity.credentials.models import WatchSource
    from identity.credentials.watch.checking import check_sources
    from identity.credentials.watch.timing import Spent
    from identity.primitives.clock import now

    spent = Spent()
    source = WatchSource.objects.defer("bits").order_by("url").get(url__endswith="/list-00.json")
    began = time.perf_counter()
    checked = check_sources([source], at=now(), spent=spent)
    marked = time.perf_counter() - began - spent.fetch.seconds
    if checked[0].entries_changed != 1:
        raise RuntimeError(f"one credential should be marked: {checked}")
    return {"marked": marked}


def serve() -> None:
    workers.serve({"sweep": _sweep, "one": _one})
