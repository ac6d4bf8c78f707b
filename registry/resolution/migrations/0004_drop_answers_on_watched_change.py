"""Triggers that drop an answer in the transaction of any change of the foreign credentials it speaks of."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [
        ("resolution", "0003_drop_answers_on_change"),
        ("credentials", "0008_watch_source_by_purpose"),
    ]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name(f"{_HERE.stem}_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
