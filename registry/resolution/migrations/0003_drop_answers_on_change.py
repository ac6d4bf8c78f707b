"""Triggers that drop an answer in the transaction of any change of what it says, and announce it."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).resolve()
# Agents that were there before their epochs were counted.
_FIRST_EPOCHS = """
    INSERT INTO resolution_subject (agent_id, epoch) SELECT id, 1 FROM agents_agent ORDER BY id ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("resolution", "0002_answer_signed_with"),
        ("accounts", "0001_initial"),
        ("agents", "0001_initial"),
        ("credentials", "0001_initial"),
        ("directory", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            _HERE.with_name("0003_drop_answers_on_change_reverse.sql").read_text(encoding="utf-8"),
        ),
        migrations.RunSQL(_FIRST_EPOCHS, migrations.RunSQL.noop),
    ]
