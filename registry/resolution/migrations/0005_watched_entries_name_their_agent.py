"""The triggers of watched entries and sources read the agent from the entry."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [
        ("resolution", "0004_drop_answers_on_watched_change"),
        ("credentials", "0009_watched_entry_agent"),
    ]

    # The way back leaves the functions; the migration before this one drops them by name.
    operations = [migrations.RunSQL(_HERE.with_suffix(".sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
