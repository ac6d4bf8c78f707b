"""Receipts are read newest first, until a vendor brings no more."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0001_evidence_and_scores"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="receiptevidence",
            name="receipt_by_agent",
        ),
        migrations.AddIndex(
            model_name="receiptevidence",
            index=models.Index(fields=["agent", "vendor", "-settled_on", "is_own"], name="receipt_newest_first"),
        ),
    ]
