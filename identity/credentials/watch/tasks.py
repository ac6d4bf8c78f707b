"""What Celery does for watched credentials. Each task may run twice and beside itself: what is to be done stands in
the database, and is taken from there under a lease."""

from __future__ import annotations

from celery import shared_task

from identity.credentials.watch.checking import check_due_sources
from identity.credentials.watch.expiry import note_expired
from identity.credentials.watch.sweep import has_free_work, running_sweep, start_daily_sweep, work_on_sweep
from identity.credentials.watch.watching import forget_presented
from identity.primitives.clock import now

TURN_EXPIRES_SECONDS = 60  # the timetable calls again anyway


@shared_task(name="credentials.watch.check_due", ignore_result=True)
def check_due() -> None:
    """Runs every five seconds; each source is due about twice a minute."""
    check_due_sources(at=now())
    note_expired(at=now())


@shared_task(name="credentials.watch.continue_sweep", ignore_result=True)
def continue_sweep() -> None:
    """Runs every ten seconds: helps with the running sweep, if there is one. A sweep whose worker was killed goes on
    here, and many workers share one. What one turn does not finish goes to the end of the queue, behind whatever
    else waits for a worker."""
    sweep = running_sweep()
    if sweep is not None and not work_on_sweep(sweep) and has_free_work(sweep, at=now()):
        continue_sweep.apply_async(retry=False, expires=TURN_EXPIRES_SECONDS)


@shared_task(name="credentials.watch.start_daily_sweep", ignore_result=True)
def start_daily() -> None:
    """Runs once a day; a sweep that is still running counts for today's."""
    start_daily_sweep(at=now())
    forget_presented(at=now())
