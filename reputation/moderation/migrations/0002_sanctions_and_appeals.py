"""Sanctions with their signatures, appeals against them, and the notices that tell people of both."""

from __future__ import annotations

import functools

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import identity.primitives.clock
import identity.primitives.ids
import reputation.moderation.ladder


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_operators_and_bars"),
        ("agents", "0004_revoked_and_held"),
        ("moderation", "0001_reports_and_cases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AgentBefore",
            fields=[
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="agents.agent",
                    ),
                ),
                ("status", models.CharField(max_length=12)),
                ("status_reason", models.CharField(blank=True, max_length=40)),
                ("suspended_by", models.CharField(blank=True, max_length=10)),
                ("status_changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("apl",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "appellant_kind",
                    models.CharField(
                        choices=[
                            ("subject", "whoever answers for the agent"),
                            ("principal", "a principal that the measure hits"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "waits for a decision"),
                            ("decided", "decided"),
                            ("withdrawn", "withdrawn by the appellant"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("opened_by", models.CharField(max_length=96)),
                ("opened_at", models.DateTimeField(default=identity.primitives.clock.now, editable=False)),
                ("due_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("upheld", "the sanction stands"),
                            ("overturned", "the sanction is overturned"),
                            ("changed", "replaced by a lesser measure"),
                        ],
                        max_length=10,
                    ),
                ),
                ("decision_words", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "appellant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="accounts.organization"
                    ),
                ),
                (
                    "assigned_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sanction",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("snc",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("reports_opened", "reports_opened"),
                            ("reports_from_several", "reports_from_several"),
                            ("dispute_ratio", "dispute_ratio"),
                            ("non_payment", "non_payment"),
                            ("goods_misuse", "goods_misuse"),
                            ("service_failure", "service_failure"),
                            ("mandate_violation", "mandate_violation"),
                            ("confirmed_fraud", "confirmed_fraud"),
                            ("key_compromise", "key_compromise"),
                            ("impersonation", "impersonation"),
                            ("spam", "spam"),
                            ("malicious_card", "malicious_card"),
                            ("repeated_violation", "repeated_violation"),
                            ("sanctions_list", "sanctions_list"),
                            ("pattern_across_agents", "pattern_across_agents"),
                            ("evasion", "evasion"),
                            ("lying_to_registry", "lying_to_registry"),
                            ("legal_order", "legal_order"),
                            ("association", "association"),
                        ],
                        max_length=24,
                    ),
                ),
                ("facts", models.CharField(max_length=2000)),
                (
                    "evidence",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), blank=True, default=list, size=None
                    ),
                ),
                (
                    "detection",
                    models.CharField(
                        choices=[
                            ("report", "a report"),
                            ("automated_signal", "a count of reports passed its threshold"),
                            ("operator", "an operator's own finding"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "waits for signatures"),
                            ("effective", "in force"),
                            ("withdrawn", "proposal withdrawn"),
                            ("lapsed", "over: nobody confirmed it in time"),
                            ("expired", "over: its time ran out"),
                            ("lifted", "lifted by an operator"),
                            ("overturned", "overturned on appeal"),
                            ("replaced", "replaced on appeal by a lesser measure"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("is_emergency", models.BooleanField(default=False)),
                ("days", models.PositiveSmallIntegerField(null=True)),
                ("wind_down_days", models.PositiveSmallIntegerField(default=0)),
                ("renewals", models.PositiveSmallIntegerField(default=0)),
                ("proposed_by", models.CharField(max_length=96)),
                ("proposed_at", models.DateTimeField(default=identity.primitives.clock.now, editable=False)),
                ("confirm_by", models.DateTimeField(null=True)),
                ("starts_at", models.DateTimeField(null=True)),
                ("agents_from", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("readmission_from", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.CharField(blank=True, max_length=500)),
                ("ended_by", models.CharField(blank=True, max_length=96)),
                ("statement", models.JSONField(null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sanctions",
                        to="agents.agent",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sanctions",
                        to="moderation.case",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sanctions",
                        to="accounts.organization",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="moderation.sanction",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("ntc",), **{}),
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
                            ("noted", "a note to the organization"),
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
                ("queued_at", models.DateTimeField(default=identity.primitives.clock.now, editable=False)),
                ("sent_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(default=identity.primitives.clock.now)),
                (
                    "appeal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="moderation.appeal",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "sanction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="moderation.sanction"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Association",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("asc",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "because",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), size=None),
                ),
                ("listed_at", models.DateTimeField(default=identity.primitives.clock.now, editable=False)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("nothing", "nothing to do"),
                            ("labeled", "public label, level 1"),
                            ("case", "a case of its own"),
                        ],
                        max_length=8,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="associations", to="agents.agent"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sanction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="associations",
                        to="moderation.sanction",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="appeal",
            name="replacement",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaces_by_appeal",
                to="moderation.sanction",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="sanction",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="appeal", to="moderation.sanction"
            ),
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("sig",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("role", models.CharField(choices=[("analyst", "Analyst"), ("manager", "Manager")], max_length=8)),
                ("at", models.DateTimeField(default=identity.primitives.clock.now, editable=False)),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sanction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signatures", to="moderation.sanction"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(fields=["agent", "-id"], name="sanction_by_agent"),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(fields=["organization", "-id"], name="sanction_by_organization"),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(fields=["case", "id"], name="sanction_by_case"),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(
                condition=models.Q(("state__in", ["proposed", "effective"])),
                fields=["confirm_by"],
                name="sanction_to_lapse",
            ),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(
                condition=models.Q(("state", "effective")), fields=["ends_at"], name="sanction_to_expire"
            ),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(
                condition=models.Q(("level__gte", 1)), fields=["-starts_at", "-id"], name="sanction_feed"
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(condition=models.Q(("level__lte", 5)), name="sanction_level_0_to_5"),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agent__isnull", True), ("level", 5), ("organization__isnull", False)),
                    models.Q(("agent__isnull", False), ("level__lt", 5)),
                    models.Q(
                        ("agent__isnull", True), ("level__gt", 0), ("level__lt", 5), ("organization__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="sanction_is_about_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["proposed", "effective", "withdrawn", "lapsed", "expired", "lifted", "overturned", "replaced"],
                    )
                ),
                name="sanction_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("starts_at__isnull", True), ("state", "proposed")),
                    models.Q(("ended_at__isnull", True), ("starts_at__isnull", False), ("state", "effective")),
                    models.Q(("ended_at__isnull", False), ("starts_at__isnull", True), ("state", "withdrawn")),
                    models.Q(("ended_at__isnull", False), ("state", "lapsed")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("starts_at__isnull", False),
                        ("state__in", ["expired", "lifted", "overturned", "replaced"]),
                    ),
                    _connector="OR",
                ),
                name="sanction_begins_and_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_emergency", False), ("level", reputation.moderation.ladder.Level["SUSPENDED"]), _connector="OR"
                ),
                name="sanction_emergency_suspends",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("level__lte", 1), models.Q(("reason", "association"), _negated=True), _connector="OR"
                ),
                name="sanction_association_labels_only",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(("wind_down_days", 0), ("level", 5), _connector="OR"),
                name="sanction_wind_down_of_level_5",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                name="sanction_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("agent__isnull", False), ("level__gt", 0), ("state__in", ["proposed", "effective"])
                ),
                fields=("agent", "level"),
                name="sanction_once_an_agent_and_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("agent__isnull", True), ("state__in", ["proposed", "effective"])),
                fields=("organization", "level"),
                name="sanction_once_an_organization_and_level",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", True)), fields=["not_before", "id"], name="notice_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("sanction", "kind", "recipient", "appeal"), name="notice_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["noted", "imposed", "principal", "vendor", "ended", "appeal_received", "appeal_decided"],
                    )
                ),
                name="notice_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="association",
            index=models.Index(condition=models.Q(("decision", "")), fields=["id"], name="association_waiting"),
        ),
        migrations.AddConstraint(
            model_name="association",
            constraint=models.UniqueConstraint(fields=("sanction", "agent"), name="association_once"),
        ),
        migrations.AddConstraint(
            model_name="association",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("decision", "")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("decision", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="association_decision_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(condition=models.Q(("state", "open")), fields=["due_at", "id"], name="appeal_queue"),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(fields=["appellant", "-id"], name="appeal_by_appellant"),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("outcome", ""),
                        ("state__in", ["open", "withdrawn"]),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("outcome__in", ["upheld", "overturned", "changed"]),
                        ("state", "decided"),
                    ),
                    _connector="OR",
                ),
                name="appeal_decided_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("replacement__isnull", True), ("outcome", "changed"), _connector="OR"),
                name="appeal_replacement_of_changed",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("appellant_kind__in", ["subject", "principal"])), name="appeal_appellant_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(fields=("sanction", "operator"), name="signature_once_an_operator"),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["analyst", "manager"])), name="signature_role_known"
            ),
        ),
    ]
