"""Waking the sender when a commit gives it something to do; the timetable wakes it anyway."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

WAKING_EXPIRES_SECONDS = 30
SEND_TASK = "notices.send"
logger = logging.getLogger(__name__)


def wake_sender() -> None:
    """After this transaction: a question should reach a phone at once, not at the timetable's next turn."""
    transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    try:
        current_app.send_task(SEND_TASK, expires=WAKING_EXPIRES_SECONDS, retry=False)
    except (BrokerError, OSError):
        logger.warning("the sender of notices could not be woken; the timetable will")
