"""How often a link was refused lately is found without reading all decisions."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spending", "0009_statement_reads_an_index")]

    operations = [
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                fields=["leaf", "-at"], condition=models.Q(verdict="declined"), name="decision_declined"
            ),
        ),
    ]
