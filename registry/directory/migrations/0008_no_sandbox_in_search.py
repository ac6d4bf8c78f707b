"""The sandbox's agents are in no search."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [("directory", "0007_quicker_trigrams"), ("accounts", "0008_sandbox_organization")]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name("0008_no_sandbox_in_search_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
