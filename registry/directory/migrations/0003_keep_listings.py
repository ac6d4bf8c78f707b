"""Triggers that keep the rows of search true in the transaction of each change."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0002_look_alikes_and_holders"),
        ("accounts", "0001_initial"),
        ("agents", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name("0003_keep_listings_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
