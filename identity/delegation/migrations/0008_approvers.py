"""Lending rules and templates know the role of approvers, which lends nothing."""

from __future__ import annotations

import django.contrib.postgres.fields
from django.db import migrations, models

ROLES = [
    ("owner", "Owner"),
    ("administrator", "Administrator"),
    ("lender", "Lender"),
    ("approver", "Approver"),
    ("registrar", "Registrar"),
    ("developer", "Developer"),
    ("auditor", "Auditor"),
    ("member", "Member"),
]
VALUES = [value for value, _label in ROLES]


class Migration(migrations.Migration):
    dependencies = [("delegation", "0007_groups_of_approvers")]

    operations = [
        migrations.AlterField(
            model_name="lendingrule", name="role", field=models.CharField(choices=ROLES, max_length=16)
        ),
        migrations.AlterField(
            model_name="limittemplate",
            name="roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=ROLES, max_length=16), default=list, size=None
            ),
        ),
        migrations.RemoveConstraint(model_name="lendingrule", name="lending_rule_role_known"),
        migrations.AddConstraint(
            model_name="lendingrule",
            constraint=models.CheckConstraint(condition=models.Q(role__in=VALUES), name="lending_rule_role_known"),
        ),
        migrations.RemoveConstraint(model_name="limittemplate", name="limit_template_roles_known"),
        migrations.AddConstraint(
            model_name="limittemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(roles__contained_by=VALUES), name="limit_template_roles_known"
            ),
        ),
    ]
