"""How somebody counts the hours of a day: empty, 24 or twice 12."""

from __future__ import annotations

from django.db import migrations, models

CLOCKS = [("24", "24 hours, such as 14:30"), ("12", "12 hours, such as 2:30 PM")]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_sandbox_organization")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="clock",
            field=models.CharField(blank=True, choices=CLOCKS, db_default="", default="", max_length=2),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(clock__in=["", *(value for value, _label in CLOCKS)]), name="user_clock_known"
            ),
        ),
    ]
