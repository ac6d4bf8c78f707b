"""Notes of stale scores have a number each, so that writing one never waits. They are a list of work: none is kept."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scoring", "0002_receipts_newest_first")]

    operations = [
        migrations.DeleteModel("StaleScore"),
        migrations.CreateModel(
            name="StaleScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("agent", models.CharField(db_index=True, max_length=32)),
                ("since", models.DateTimeField()),
            ],
        ),
    ]
