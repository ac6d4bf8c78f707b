"""A year's statement of 100,000 purchases reads 18 MB of index instead of 100 MB of table."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spending", "0008_a_yes_may_end_early")]

    operations = [
        migrations.AddIndex(
            model_name="authorization",
            index=models.Index(
                fields=["principal", "created_at"],
                include=["currency", "agent", "vendor", "open", "captured", "refunded", "over", "action"],
                name="authorization_for_statement",
            ),
        ),
        migrations.RemoveIndex(model_name="authorization", name="authorization_by_principal"),
    ]
