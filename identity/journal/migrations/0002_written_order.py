"""Order events by a database sequence: ids of one millisecond sort at random, a sequence does not."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE journal_event_written_order", "DROP SEQUENCE journal_event_written_order"),
        migrations.RemoveIndex(
            model_name="event",
            name="event_by_organization",
        ),
        migrations.RemoveIndex(
            model_name="event",
            name="event_by_subject",
        ),
        migrations.RemoveIndex(
            model_name="event",
            name="event_unstamped",
        ),
        migrations.AddField(
            model_name="event",
            name="written_order",
            field=models.BigIntegerField(
                db_default=models.Func(models.Value("journal_event_written_order"), function="nextval"),
                editable=False,
                unique=True,
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["organization", "-written_order"], name="event_by_organization"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["subject", "-written_order"], name="event_by_subject"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("position__isnull", True)), fields=["written_order"], name="event_unstamped"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(condition=models.Q(("position__gte", 1)), name="event_position_from_one"),
        ),
    ]
