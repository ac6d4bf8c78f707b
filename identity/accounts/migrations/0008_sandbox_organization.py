"""A kind of organization for the sandbox: the registry makes one, and it has no members."""

from __future__ import annotations

from django.db import migrations, models

KINDS = [("person", "person"), ("organization", "organization"), ("sandbox", "the registry's sandbox")]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_lenders")]

    operations = [
        migrations.AlterField(
            model_name="organization", name="kind", field=models.CharField(choices=KINDS, max_length=16)
        ),
        migrations.RemoveConstraint(model_name="organization", name="organization_kind_known"),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(kind__in=[value for value, _label in KINDS]), name="organization_kind_known"
            ),
        ),
    ]
