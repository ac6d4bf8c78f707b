"""A thread in each worker that hears of commits and wakes the dispatcher at once."""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

from celery import bootsteps
from kombu.exceptions import OperationalError as BrokerError

from identity.journal.listening import listen
from registry.push.dispatch import at_work
from registry.push.tasks import WAKING_EXPIRES_SECONDS, dispatch_status_events

CHANNEL: Final = "attorn_push"
logger = logging.getLogger(__name__)


class WakeForNews(bootsteps.StartStopStep):
    """Celery starts and stops it with the worker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        self._thread = threading.Thread(
            target=listen, args=(CHANNEL, self._stop, wake), name="push-waking", daemon=True
        )
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._stop.set()

    terminate = stop


def wake() -> None:
    """Send the task, unless a dispatcher at work in this process looks anyway. A broker that is away is no reason to
    stop listening."""
    if at_work.look_once_more():
        return
    try:
        dispatch_status_events.apply_async(expires=WAKING_EXPIRES_SECONDS, retry=False)
    except (BrokerError, OSError):
        logger.warning("the dispatcher of status events could not be woken; the timetable will")
