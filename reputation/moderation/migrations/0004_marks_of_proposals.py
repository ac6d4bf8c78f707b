"""What an organization was recognized by when its deplatforming was proposed; a kind of notice that none uses goes."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_operators_and_bars"),
        ("moderation", "0003_four_eyes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="notice",
            name="notice_kind_known",
        ),
        migrations.AddField(
            model_name="sanction",
            name="marks",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("imposed", "a measure, to whom it hits"),
                    ("principal", "a measure, to a principal of the agent"),
                    ("vendor", "a measure, to a vendor of the last 30 days"),
                    ("ended", "a measure ended"),
                    ("appeal_received", "the receipt of an appeal"),
                    ("appeal_decided", "the decision of an appeal"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["imposed", "principal", "vendor", "ended", "appeal_received", "appeal_decided"])
                ),
                name="notice_kind_known",
            ),
        ),
    ]
