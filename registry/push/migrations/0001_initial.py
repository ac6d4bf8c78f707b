"""Subscriptions and their events."""

from __future__ import annotations

import functools

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import identity.primitives.clock
import identity.primitives.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_invitation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("sub",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "delivery",
                    models.CharField(
                        choices=[("webhook", "sent to an endpoint"), ("poll", "read by the receiver")], max_length=8
                    ),
                ),
                ("endpoint", models.CharField(blank=True, max_length=500)),
                ("audience", models.CharField(max_length=500)),
                (
                    "event_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                (
                    "agents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), blank=True, default=list, size=None
                    ),
                ),
                (
                    "organizations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), blank=True, default=list, size=None
                    ),
                ),
                ("has_dealings", models.BooleanField(default=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "active"), ("paused", "paused")], default="active", max_length=8
                    ),
                ),
                (
                    "pause_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("by_organization", "paused by your organization"),
                            ("gone", "the endpoint answered 410: it is gone for good"),
                            ("unreachable", "the endpoint failed for five days"),
                        ],
                        max_length=16,
                    ),
                ),
                ("secret_sealed", models.BinaryField(null=True)),
                ("previous_secret_sealed", models.BinaryField(null=True)),
                ("previous_secret_until", models.DateTimeField(null=True)),
                ("first_seq", models.BigIntegerField(default=1)),
                ("last_seq", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=identity.primitives.clock.now, editable=False)),
                ("verified_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("last_failure", models.CharField(blank=True, max_length=200)),
                ("last_success_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatusEvent",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=functools.partial(identity.primitives.ids.new_id, *("evt",), **{}),
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("source", models.CharField(max_length=32)),
                ("part", models.CharField(max_length=80)),
                ("event_type", models.CharField(max_length=40)),
                ("token", models.TextField()),
                ("created_at", models.DateTimeField(editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("kept", "kept for the receiver to read"),
                            ("pending", "waits for its turn"),
                            ("delivered", "taken by the receiver"),
                            ("dead", "given up: a dead letter"),
                        ],
                        max_length=9,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("queued_at", models.DateTimeField()),
                ("first_tried_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("last_failure", models.CharField(blank=True, max_length=200)),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="push.subscription"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["organization", "id"], name="subscription_by_organization"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="subscription_by_due"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=django.contrib.postgres.indexes.GinIndex(fields=["agents"], name="subscription_by_agent"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organizations"], name="subscription_by_followed"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("delivery", "webhook"),
                        ("secret_sealed__isnull", False),
                        models.Q(("endpoint", ""), _negated=True),
                    ),
                    models.Q(
                        ("delivery", "poll"),
                        ("due_at__isnull", True),
                        ("endpoint", ""),
                        ("secret_sealed__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="subscription_webhook_has_endpoint",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pause_reason", ""), ("state", "active")),
                    models.Q(
                        ("due_at__isnull", True),
                        ("pause_reason__in", ["by_organization", "gone", "unreachable"]),
                        ("state", "paused"),
                    ),
                    _connector="OR",
                ),
                name="subscription_pause_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_seq__gte", 1),
                    (
                        "last_seq__gte",
                        django.db.models.expressions.CombinedExpression(models.F("first_seq"), "-", models.Value(1)),
                    ),
                ),
                name="subscription_seq_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="statusevent",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["subscription", "seq"], name="status_event_pending"
            ),
        ),
        migrations.AddIndex(
            model_name="statusevent",
            index=models.Index(
                condition=models.Q(("state", "dead")), fields=["subscription", "seq"], name="status_event_dead"
            ),
        ),
        migrations.AddIndex(
            model_name="statusevent",
            index=models.Index(fields=["created_at"], name="status_event_by_age"),
        ),
        migrations.AddConstraint(
            model_name="statusevent",
            constraint=models.UniqueConstraint(fields=("subscription", "seq"), name="status_event_seq_once"),
        ),
        migrations.AddConstraint(
            model_name="statusevent",
            constraint=models.UniqueConstraint(
                fields=("source", "subscription", "part"), name="status_event_told_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="statusevent",
            constraint=models.CheckConstraint(condition=models.Q(("seq__gte", 1)), name="status_event_seq_from_one"),
        ),
        migrations.AddConstraint(
            model_name="statusevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delivered_at__isnull", False), ("state", "delivered")),
                    models.Q(("state", "delivered"), _negated=True),
                    _connector="OR",
                ),
                name="status_event_delivered_when",
            ),
        ),
    ]
