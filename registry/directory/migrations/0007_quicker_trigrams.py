"""The same trigrams at a third of the cost."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [("directory", "0006_trigrams_of_every_word")]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name("0007_quicker_trigrams_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
