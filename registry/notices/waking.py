"""Waking the sender when a commit gives it something to do; the timetable wakes it anyway."""

from __future__ import annotations

import logging
from functools import cache
from typing import Final

from celery import Celery
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

WAKING_EXPIRES_SECONDS: Final = 30
SEND_TASK: Final = "notices.send"
logger = logging.getLogger(__name__)


def wake_sender() -> None:
    """After this transaction: a question should reach a phone at once, not at the timetable's next turn."""
    transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    try:
        _broker().send_task(SEND_TASK, expires=WAKING_EXPIRES_SECONDS, retry=False, ignore_result=True)
    except (BrokerError, OSError):
        logger.warning("the sender of notices could not be woken; the timetable will")


@cache
def _broker() -> Celery:
    """A door to the broker of its own: web processes do not load the Celery application."""
    app = Celery("attorn", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app
