"""A trigger that wakes the dispatcher of status events at commit."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [("push", "0001_initial"), ("journal", "0001_initial")]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name("0002_wake_after_commit_reverse.sql").read_text(encoding="utf-8"),
        )
    ]
