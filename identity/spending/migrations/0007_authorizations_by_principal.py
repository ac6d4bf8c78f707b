"""A principal's statement reads the purchases of a period without looking at anybody else's."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spending", "0006_light_rows")]

    operations = [
        migrations.AddIndex(
            model_name="authorization",
            index=models.Index(fields=["principal", "created_at"], name="authorization_by_principal"),
        ),
    ]
