"""A role for people who answer agents' questions and do nothing else."""

from __future__ import annotations

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


def _knows_approvers(model: str) -> list[migrations.operations.base.Operation]:
    name = f"{model}_role_known"
    known = models.CheckConstraint(condition=models.Q(role__in=[value for value, _label in ROLES]), name=name)
    return [
        migrations.AlterField(model_name=model, name="role", field=models.CharField(choices=ROLES, max_length=16)),
        migrations.RemoveConstraint(model_name=model, name=name),
        migrations.AddConstraint(model_name=model, constraint=known),
    ]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_clock_face")]

    operations = [*_knows_approvers("membership"), *_knows_approvers("invitation")]
