"""PostgreSQL, the Redis protocol and Celery: where they are and how they are used."""

from __future__ import annotations

from typing import Any

from kombu import Exchange, Queue

from registry.settings.env import env, secret

_DATABASE_URL = secret("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/attorn")
REDIS_URL = secret("REDIS_URL", default="redis://127.0.0.1:6379/0")


def _database() -> dict[str, Any]:
    database: dict[str, Any] = env.db_url_config(_DATABASE_URL)
    options: dict[str, Any] = database.setdefault("OPTIONS", {})
    # libpq names a unix socket's folder in the query (``?host=/run/…``), Django in HOST.
    database["HOST"] = options.pop("host", database["HOST"])
    database["PORT"] = options.pop("port", database["PORT"])
    pool_size = env.int("DATABASE_POOL_SIZE", default=0)
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 5}
    # A pool keeps connections itself; Django must not keep them a second time.
    database["CONN_MAX_AGE"] = 0 if pool_size else env.int("CONN_MAX_AGE", default=60)
    database["CONN_HEALTH_CHECKS"] = True
    return database


DATABASES = {"default": _database()}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "attorn",
    }
}

# Celery spells a unix socket in its own way.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3_600, "global_keyprefix": "attorn:"}
CELERY_TIMEZONE = "UTC"
# JSON only: a pickled message from whoever reaches the broker would run as code.
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
# Tasks are safe to run twice, so one is given back only when it has run: a killed worker loses nothing.
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Status events have a queue of their own: no sweep keeps them waiting, and they keep nothing waiting. A worker that is
# started without --queues takes both.
CELERY_TASK_QUEUES = tuple(Queue(name, Exchange(name), routing_key=name) for name in ("celery", "push"))
CELERY_TASK_ROUTES = {"push.*": {"queue": "push"}}
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SEND_TASK_EVENTS = False
DJANGO_STRUCTLOG_CELERY_ENABLED = True
