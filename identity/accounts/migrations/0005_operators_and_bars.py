"""Operators have a role; what a deplatformed organization may not come back with is barred."""

from __future__ import annotations

import functools

import django.db.models.deletion
from django.db import migrations, models

import identity.primitives.clock
import identity.primitives.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_invitation"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bar",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("bar",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("thumbprint", "key"),
                            ("domain", "domain"),
                            ("legal_id", "legal id"),
                            ("owner", "owner"),
                        ],
                        max_length=12,
                    ),
                ),
                ("value", models.CharField(max_length=253)),
                ("sanction", models.CharField(max_length=32)),
                ("created_at", models.DateTimeField(default=identity.primitives.clock.now, editable=False)),
                ("until", models.DateTimeField(null=True)),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="organization",
            name="deplatformed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="organization",
            name="legal_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="user",
            name="desk_role",
            field=models.CharField(
                blank=True,
                choices=[("analyst", "Analyst"), ("manager", "Manager")],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("desk_role__in", ["", "analyst", "manager"])), name="desk_role_known"
            ),
        ),
        migrations.AddField(
            model_name="bar",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="bars", to="accounts.organization"
            ),
        ),
        migrations.AddIndex(
            model_name="bar",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)), fields=["kind", "value"], name="bar_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="bar",
            constraint=models.UniqueConstraint(fields=("sanction", "kind", "value"), name="bar_once"),
        ),
        migrations.AddConstraint(
            model_name="bar",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["thumbprint", "domain", "legal_id", "owner"])), name="bar_kind_known"
            ),
        ),
    ]
