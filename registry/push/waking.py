"""A thread in each worker that hears of commits (LISTEN) and wakes the dispatcher at once.

It decides nothing and loses nothing: when it is down, the timetable wakes the dispatcher a moment later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from celery import bootsteps
from django.db import connections
from kombu.exceptions import OperationalError as BrokerError

from registry.push.dispatch import at_work
from registry.push.tasks import WAKING_EXPIRES_SECONDS, dispatch_status_events

CHANNEL: Final = "attorn_push"
RECONNECT_SECONDS: Final = 1.0
LOOK_EVERY_SECONDS: Final = 0.5  # how soon it notices that the worker stops
PAUSE_SECONDS: Final = 0.1  # news that come faster than this share one waking
_DJANGO_ONLY: Final = frozenset({"cursor_factory", "context", "prepare_threshold", "pool"})
logger = logging.getLogger(__name__)


class WakeForNews(bootsteps.StartStopStep):
    """Celery starts and stops it with the worker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        self._thread = threading.Thread(target=listen, args=(self._stop, wake), name="push-waking", daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._stop.set()

    terminate = stop


def listen(stop: threading.Event, on_news: Callable[[], None]) -> None:
    """Call ``on_news`` for every burst of commits, and after each new connection for what was missed before it."""
    while not stop.is_set():
        try:
            with _connect() as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                on_news()
                _hear(connection, stop, on_news)
        except psycopg.Error as error:
            logger.warning("status events are not woken by commits: %s", str(error).strip())
            stop.wait(RECONNECT_SECONDS)


def wake() -> None:
    """Send the task, unless a dispatcher at work in this process looks anyway. A broker that is away is no reason to
    stop listening."""
    if at_work.look_once_more():
        return
    try:
        dispatch_status_events.apply_async(expires=WAKING_EXPIRES_SECONDS, retry=False)
    except (BrokerError, OSError):
        logger.warning("the dispatcher of status events could not be woken; the timetable will")


def _hear(connection: psycopg.Connection[Any], stop: threading.Event, on_news: Callable[[], None]) -> None:
    while not stop.is_set():
        heard = sum(1 for _ in connection.notifies(timeout=LOOK_EVERY_SECONDS, stop_after=1))
        if heard:
            on_news()
            time.sleep(PAUSE_SECONDS)


def _connect() -> psycopg.Connection[Any]:
    parameters = connections["default"].get_connection_params()
    parameters = {name: value for name, value in parameters.items() if name not in _DJANGO_ONLY}
    return psycopg.connect(**parameters, autocommit=True, application_name="attorn-push-waking", connect_timeout=3)
