"""The connection to Redis that the API's limits and nonces share. What is kept there may be lost without harm
beyond a few minutes; what must never be lost is in PostgreSQL."""

from __future__ import annotations

from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

ANSWER_SECONDS_MAX = 1.0


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    # One retry, at once: a pooled connection may have been closed meanwhile. Waiting longer would hold up requests.
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=ANSWER_SECONDS_MAX,
        socket_timeout=ANSWER_SECONDS_MAX,
        retry=Retry(NoBackoff(), 1),
    )


def connection() -> redis.Redis:
    """A pooled client; every call on it may raise ``redis.RedisError``."""
    return _client(settings.REDIS_URL)


def key(*parts: str) -> str:
    """The name of an entry, under this instance's own prefix: several instances may share one Redis."""
    return settings.REDIS_PREFIX + ":".join(parts)
