"""Whether this process lives, and whether it may be sent requests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from http import HTTPStatus

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from identity.credentials.issuers import current_signer

REDIS_SECONDS_MAX = 2.0
logger = logging.getLogger("attorn.health")


class NotReady(Exception):
    """A part that is there but not fit for use; the text is safe to show."""


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. It asks nobody else: restarting it would not mend a database."""
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Every part that answering needs, by name; 503 when one is not there. The reason goes to the log, not to the
    caller: addresses and versions of what stands behind us are nobody's business."""
    parts = {name: _state(name, ask) for name, ask in PARTS.items()}
    is_ready = all(state == "ok" for state in parts.values())
    return JsonResponse(
        {"status": "ready" if is_ready else "not_ready", "parts": parts},
        status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def ask_redis() -> None:
    with redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_SECONDS_MAX, socket_connect_timeout=REDIS_SECONDS_MAX
    ) as client:
        client.ping()


def ask_migrations() -> None:
    if not _migrated():
        _migrated.cache_clear()
        raise NotReady("migrations wait to be applied")


def ask_registry_key() -> None:
    """The signing key is there and opens with our master key."""
    current_signer()


PARTS: dict[str, Callable[[], None]] = {
    "database": ask_database,
    "redis": ask_redis,
    "migrations": ask_migrations,
    "registry_key": ask_registry_key,
}


@cache
def _migrated() -> bool:
    """Once applied, migrations stay applied while this code runs; until then every question looks again."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _state(name: str, ask: Callable[[], None]) -> str:
    try:
        ask()
    except NotReady as reason:
        return str(reason)
    except Exception:
        logger.warning("not ready", extra={"part": name}, exc_info=True)
        return "failed"
    return "ok"
