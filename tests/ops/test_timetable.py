from __future__ import annotations

from registry.celery import app


def test_it_schedules_only_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    assert [entry["task"] for entry in app.conf.beat_schedule.values() if entry["task"] not in app.tasks] == []


def test_it_limits_how_long_a_task_may_run() -> None:
    assert 0 < app.conf.task_soft_time_limit < app.conf.task_time_limit <= 300
    assert app.conf.task_acks_late
