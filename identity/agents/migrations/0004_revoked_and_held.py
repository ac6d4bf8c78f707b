"""An agent can be revoked by the registry, and its entry held."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_operators_and_bars"),
        ("agents", "0003_vendor"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="agent",
            name="agent_status_known",
        ),
        migrations.AddField(
            model_name="agent",
            name="held_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="agent",
            name="status",
            field=models.CharField(
                choices=[
                    ("unclaimed", "unclaimed"),
                    ("active", "active"),
                    ("suspended", "suspended"),
                    ("deactivated", "deactivated"),
                    ("revoked", "revoked by the registry"),
                ],
                default="active",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="agent",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["unclaimed", "active", "suspended", "deactivated", "revoked"])),
                name="agent_status_known",
            ),
        ),
    ]
