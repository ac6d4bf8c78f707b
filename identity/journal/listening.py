"""Hearing of commits at once (PostgreSQL's LISTEN), for workers that would otherwise wait for the timetable.

It decides nothing and loses nothing: when it is down, the timetable does the same a moment later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from django.db import connections

RECONNECT_SECONDS: Final = 1.0
LOOK_EVERY_SECONDS: Final = 0.5  # how soon it notices that the worker stops
PAUSE_SECONDS: Final = 0.1  # news that come faster than this share one waking
_DJANGO_ONLY: Final = frozenset({"cursor_factory", "context", "prepare_threshold", "pool"})
logger = logging.getLogger(__name__)


def listen(channel: str, stop: threading.Event, on_news: Callable[[], None]) -> None:
    """Call ``on_news`` for every burst of commits, and after each new connection for what was missed before it."""
    while not stop.is_set():
        try:
            with _connect(channel) as connection:
                connection.execute(f"LISTEN {channel}")
                on_news()
                _hear(connection, stop, on_news)
        except psycopg.Error as error:
            logger.warning("%s is not heard: %s", channel, str(error).strip())
            stop.wait(RECONNECT_SECONDS)


def _hear(connection: psycopg.Connection[Any], stop: threading.Event, on_news: Callable[[], None]) -> None:
    while not stop.is_set():
        heard = sum(1 for _ in connection.notifies(timeout=LOOK_EVERY_SECONDS, stop_after=1))
        if heard:
            on_news()
            time.sleep(PAUSE_SECONDS)


def _connect(channel: str) -> psycopg.Connection[Any]:
    """Named after the channel: ``attorn-push-waking`` listens to ``attorn_push``."""
    parameters = connections["default"].get_connection_params()
    parameters = {name: value for name, value in parameters.items() if name not in _DJANGO_ONLY}
    name = f"{channel.replace('_', '-')}-waking"
    return psycopg.connect(**parameters, autocommit=True, application_name=name, connect_timeout=3)
