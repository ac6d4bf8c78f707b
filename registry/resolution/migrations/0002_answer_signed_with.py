"""Which of the registry's keys signed an answer, so that none outlives a rotation."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("resolution", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="signed_with",
            field=models.CharField(default="", max_length=40),
            preserve_default=False,
        ),
    ]
