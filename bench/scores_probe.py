"""A worker of the scores' bench: takes orders on its input, says what each took on its output, a line each."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from typing import Any


def serve() -> None:
    from django.db import connection

    connection.ensure_connection()
    _say({"ready": True})
    for line in sys.stdin:
        order = json.loads(line)
        _say(_ORDERS[order.pop("do")](**order))


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


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


_ORDERS = {"all": _all, "one": _one}
