"""The Celery application and its timetable. Tasks publish, sweep and notify; they never decide."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
app = Celery("attorn")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["identity.credentials.watch"])
app.steps["worker"].add(DjangoStructLogInitStep)
# By name: imported when a worker starts, after Django is set up.
app.steps["worker"].add("registry.push.waking:WakeForNews")
app.steps["worker"].add("registry.notices.hearing:WakeForQuestions")


def _every(seconds: float, task: str) -> dict[str, Any]:
    """A message that no worker took before the next one is due expires: a stopped worker piles nothing up."""
    return {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 5.0)}}


app.conf.beat_schedule = {
    "journal: stamp positions and let readers catch up": _every(2, "journal.follow"),
    "credentials: publish status lists that changed": _every(1, "credentials.publish_status_lists"),
    "credentials: end what was replaced, renew what ends soon": _every(60, "credentials.end_and_renew"),
    "credentials: ask the lists of others that are due": _every(5, "credentials.watch.check_due"),
    "credentials: go on with the running sweep": _every(10, "credentials.watch.continue_sweep"),
    "credentials: sweep everything once a day": {
        "task": "credentials.watch.start_daily_sweep",
        "schedule": crontab(hour="2", minute="41"),
    },
    "agents: delete expired challenges": _every(600, "identity.agents.tasks.delete_expired_challenges"),
    "directory: look again at proven domains": _every(300, "registry.directory.tasks.check_due_domains"),
    "directory: end transfers that nobody took": _every(600, "registry.directory.tasks.expire_transfers"),
    "api: forget answers kept for repeated calls": _every(3600, "api.forget_idempotency_records"),
    "delegation: delete drafts that nobody signed": _every(3600, "delegation.delete_expired_drafts"),
    "spending: release holds that ran out or whose authority ended": _every(60, "spending.release_ended_holds"),
    "spending: note approvals that nobody answered": _every(60, "spending.expire_approvals"),
    "spending: forget nonces of expired intents": _every(600, "spending.forget_nonces"),
    "spending: let insurance and bonds follow their credentials": _every(60, "spending.follow_covers"),
    "spending: begin wider limits that have waited long enough": _every(60, "spending.apply_raises"),
    "spending: prove that the ledger adds up": _every(3600, "spending.reconcile"),
    "spending: sum up what changed in months that are over": _every(600, "spending.sum_up_changed_months"),
    "spending: sum up months that are over, for statements": {
        "task": "spending.sum_up_finished_months",
        "schedule": crontab(hour="1", minute="23"),
    },
    "scoring: take in purchases that were not disputed": _every(600, "scoring.settle_receipts"),
    "scoring: compute scores that another's change made old": _every(10, "scoring.refresh_stale"),
    "scoring: compute everybody's score on the new day": {
        "task": "scoring.refresh_all",
        "schedule": crontab(hour="0", minute="3"),
    },
    "moderation: end measures that lapsed or ran out": _every(10, "moderation.end_due"),
    "moderation: mail notices of measures and appeals": _every(5, "moderation.send_notices"),
    "moderation: forget visitors of reports decided long ago": {
        "task": "moderation.forget_visitors",
        "schedule": crontab(hour="3", minute="29"),
    },
    "push: give receivers that are due their turn": _every(2, "push.dispatch"),
    "push: forget events that are older than a month": _every(3600, "push.forget_old_events"),
    "notices: send what waits": _every(2, "notices.send"),
    "notices: tell of questions that wait for half of their time": _every(15, "notices.escalate"),
    "notices: forget what was told a year ago": {
        "task": "notices.forget_old",
        "schedule": crontab(hour="3", minute="37"),
    },
    "ops: note that workers stand": _every(30, "ops.heartbeat"),
    "ops: delete ended sessions": {"task": "ops.clear_expired_sessions", "schedule": crontab(hour="3", minute="17")},
}
