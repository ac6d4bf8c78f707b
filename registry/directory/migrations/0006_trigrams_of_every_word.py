"""A misspelt word is mended in descriptions and capabilities too, not in names alone."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()


class Migration(migrations.Migration):
    dependencies = [("directory", "0005_domain_failing_since")]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name("0006_trigrams_of_every_word_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
