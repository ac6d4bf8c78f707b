"""A decision keeps the name of the key that signs its receipt instead of the receipt; one that has a receipt keeps it.

The previous release goes on writing receipts while this is applied. It cannot show those of decisions that this one
made, which are signed when they are asked for. Back again, it needs every receipt written out, so there is no way back.
"""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spending", "0015_postings_that_are_looked_up")]

    operations = [
        migrations.AlterField(
            model_name="decision", name="receipt", field=models.TextField(db_column="receipt", null=True)
        ),
        migrations.RenameField(model_name="decision", old_name="receipt", new_name="kept_receipt"),
        migrations.AddField(
            model_name="decision", name="signed_by", field=models.CharField(db_default="", max_length=64)
        ),
    ]
