"""Triggers: a link follows from its parent, only its standing changes, a revocation is for ever."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [("delegation", "0001_initial")]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name("0002_links_follow_their_parents_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
