"""Evidence, scores and contests."""

from __future__ import annotations

import functools

import django.db.models.deletion
from django.db import migrations, models

import identity.primitives.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("agents", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenDispute",
            fields=[
                ("report", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("authorization", models.CharField(db_index=True, max_length=32)),
                ("opened_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PendingReceipt",
            fields=[
                ("authorization", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="StaleScore",
            fields=[
                ("agent", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("since", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="VendorReview",
            fields=[
                ("vendor", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="AgentScore",
            fields=[
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="score",
                        serialize=False,
                        to="agents.agent",
                    ),
                ),
                ("score", models.PositiveSmallIntegerField()),
                (
                    "band",
                    models.CharField(
                        choices=[
                            ("unproven", "unproven"),
                            ("below_fair", "below_fair"),
                            ("fair", "fair"),
                            ("good", "good"),
                            ("strong", "strong"),
                        ],
                        max_length=12,
                    ),
                ),
                ("g", models.FloatField()),
                ("b", models.FloatField()),
                ("vendors", models.PositiveIntegerField()),
                ("clusters", models.PositiveIntegerField()),
                ("sample_size", models.PositiveIntegerField()),
                ("largest", models.JSONField(default=list)),
                ("formula", models.CharField(max_length=20)),
                ("computed_on", models.DateField(db_index=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("score__lte", 1000)), name="agent_score_0_to_1000"),
                    models.CheckConstraint(
                        condition=models.Q(("band__in", ["unproven", "below_fair", "fair", "good", "strong"])),
                        name="agent_score_band_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("b__gte", 0), ("g__gte", 0)), name="agent_score_never_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReceiptEvidence",
            fields=[
                ("authorization", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("agent", models.CharField(max_length=32)),
                ("vendor", models.CharField(max_length=32)),
                ("principal", models.CharField(max_length=32)),
                ("settled_on", models.DateField()),
                ("is_own", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["agent", "vendor", "settled_on", "is_own"], name="receipt_by_agent"),
                    models.Index(fields=["vendor", "agent"], name="receipt_by_vendor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvidence",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("cev",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("case", models.CharField(db_index=True, max_length=32)),
                ("report", models.CharField(max_length=32, unique=True)),
                ("vendor", models.CharField(max_length=32, null=True)),
                ("authorization", models.CharField(max_length=32, null=True)),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("service_failure", "service_failure"),
                            ("refund_for_cause", "refund_for_cause"),
                            ("dispute", "dispute"),
                            ("mandate_violation", "mandate_violation"),
                            ("fraud", "fraud"),
                        ],
                        max_length=20,
                    ),
                ),
                ("quality", models.FloatField()),
                ("decided_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "withdrawn_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("overturned", "an appeal overturned the decision"),
                            ("contested", "its subject contested it and was right"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agents.agent"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["authorization"], name="case_evidence_by_authorization")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quality__gte", 0), ("quality__lte", 1)),
                        name="case_evidence_quality_0_to_1",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "severity__in",
                                ["service_failure", "refund_for_cause", "dispute", "mandate_violation", "fraud"],
                            )
                        ),
                        name="case_evidence_severity_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_because", "")),
                            models.Q(
                                ("withdrawn_at__isnull", False), ("withdrawn_because__in", ["overturned", "contested"])
                            ),
                            _connector="OR",
                        ),
                        name="case_evidence_withdrawn_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contest",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("ctt",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("item", models.CharField(max_length=32, unique=True)),
                ("text", models.CharField(max_length=2000)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waiting for an operator"),
                            ("accepted", "the item was taken out"),
                            ("rejected", "the item stays"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=2000)),
                ("opened_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "agent",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agents.agent"),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("state", "open")),
                            models.Q(("state__in", ["accepted", "rejected"]), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="contest_answered_once",
                    )
                ],
            },
        ),
    ]
