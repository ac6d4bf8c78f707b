"""The Celery application. Tasks publish, sweep and notify; they never decide."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
app = Celery("attorn")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
