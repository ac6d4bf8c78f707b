"""Trigger: what a person lends stays within her role's rule, whatever writes the row."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [("delegation", "0005_who_may_lend")]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name("0006_lenders_keep_their_rule_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
