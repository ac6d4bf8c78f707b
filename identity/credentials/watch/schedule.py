"""When to ask a source again, and when several bad tries become a conclusion. Pure but for the jitter."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from identity.credentials.watch.limits import JITTER, QUORUM_SPAN, QUORUM_TRIES, RETRY_AFTER_MAX


def after_success(*, at: datetime, every: timedelta) -> datetime:
    return at + _with_jitter(every)


def after_failure(*, at: datetime, failures: int, retry_after: timedelta) -> datetime:
    """The pause doubles with each failure in a row, up to a quarter of an hour: a dead host costs little, and one
    that comes back is noticed."""
    pause: timedelta = min(retry_after * 2 ** min(failures - 1, 16), RETRY_AFTER_MAX)
    return at + _with_jitter(pause)


def is_conclusive(*, failures: int, failing_for: timedelta) -> bool:
    """Whether so many tries in a row, over so long, stand for more than bad luck. The span stops somebody who asks
    three times in a second from turning a hiccup into a conclusion that others see."""
    return failures >= QUORUM_TRIES and failing_for >= QUORUM_SPAN


def _with_jitter(pause: timedelta) -> timedelta:
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
