"""What a worker of the scores' bench is ordered to do."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from bench import workers


def _all(*, after: str, until: str, day: int) -> dict[str, Any]:
    from identity.primitives.clock import now
    from reputation.scoring.refresh import refresh_all

    began = time.time()
    count = sum(part for part, _ in refresh_all(at=now() + timedelta(days=day), after=after, until=until))
    return {"began": began, "ended": time.time(), "count": count}


def _one(*, agent: str, times: int, day: int) -> dict[str, Any]:
    from identity.agents.models import Agent
    from identity.primitives.clock import now
    from reputation.scoring.refresh import refresh_score

    subject, took = Agent.objects.get(pk=agent), []
    for _ in range(times):
        began = time.perf_counter()
        refresh_score(subject, at=now() + timedelta(days=day))
        took.append((time.perf_counter() - began) * 1e3)
    took.sort()
    return {"p50_ms": took[len(took) // 2], "p99_ms": took[len(took) * 99 // 100]}


def serve() -> None:
    workers.serve({"all": _all, "one": _one})
