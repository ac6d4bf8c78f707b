"""Celery's part: it carries notices. Nothing is lost without workers: what was told stands in the list, and waits."""

from __future__ import annotations

from celery import shared_task

from identity.journal.drain import drain
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from registry.notices.escalation import escalate_waiting
from registry.notices.limits import KEPT
from registry.notices.models import Notice
from registry.notices.readers import QUESTIONS
from registry.notices.sending import send_due
from registry.notices.waking import SEND_TASK


@shared_task(name=SEND_TASK, ignore_result=True)
def send() -> int:
    """Woken by the commit of a notice, and by the timetable for what is due again. Safe to run twice at once."""
    return send_due(clock=now)


@shared_task(name="notices.tell_of_questions", ignore_result=True)
def tell_of_questions() -> int:
    """Woken by the commit of a question; the journal's own task does the same by the timetable. Safe to run twice."""
    sequence()
    drain(QUESTIONS, at=now())
    return send_due(clock=now)


@shared_task(name="notices.escalate", ignore_result=True)
def escalate() -> int:
    """Tell of questions that still wait at half of their time. Safe to run twice."""
    return escalate_waiting(at=now())


@shared_task(name="notices.forget_old", ignore_result=True)
def forget_old() -> int:
    """Delete what people were told a year ago."""
    return Notice.objects.filter(created_at__lt=now() - KEPT).delete()[0]
