"""A thread in each worker that hears of a question the moment it is put: a phone should ring before its owner wonders
why the agent waits."""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

from celery import bootsteps
from kombu.exceptions import OperationalError as BrokerError

from identity.journal.listening import listen
from registry.notices.tasks import tell_of_questions
from registry.notices.waking import WAKING_EXPIRES_SECONDS

CHANNEL: Final = "attorn_questions"
TASK_QUEUE: Final = "celery"
logger = logging.getLogger(__name__)


class WakeForQuestions(bootsteps.StartStopStep):
    """Celery starts and stops it with the worker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def include_if(self, parent: Any) -> bool:
        """In workers that take the task themselves: the others would only wake them once more."""
        return TASK_QUEUE in parent.app.amqp.queues.consume_from

    def start(self, parent: Any) -> None:
        self._thread = threading.Thread(
            target=listen, args=(CHANNEL, self._stop, wake), name="questions-waking", daemon=True
        )
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._stop.set()

    terminate = stop


def wake() -> None:
    """Send the task. A broker that is away is no reason to stop listening."""
    try:
        tell_of_questions.apply_async(expires=WAKING_EXPIRES_SECONDS, retry=False)
    except (BrokerError, OSError):
        logger.warning("nobody could be woken for a question; the timetable will")
