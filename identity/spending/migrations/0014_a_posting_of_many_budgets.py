"""A hold writes one posting for all budgets that take the same; what is there already keeps its one budget.

The previous release goes on writing and finding postings of one budget while this is applied. Back again, each posting
of many becomes as many of one.
"""

from __future__ import annotations

import django.contrib.postgres.fields
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

APART = """
ALTER TABLE spending_posting DISABLE TRIGGER spending_posting_stays;
INSERT INTO spending_posting ("authorization", budget, kind, held, captured, "over", uses, is_elevated, counted_at)
SELECT "authorization", unnest(budgets), kind, held, captured, "over", uses, is_elevated, counted_at
FROM spending_posting WHERE budget IS NULL;
DELETE FROM spending_posting WHERE budget IS NULL;
ALTER TABLE spending_posting ENABLE TRIGGER spending_posting_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("spending", "0013_issuers_answer")]

    operations = [
        migrations.AlterField(
            model_name="posting",
            name="budget",
            field=models.CharField(db_collation="C", max_length=120, null=True),
        ),
        migrations.AddField(
            model_name="posting",
            name="budgets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), null=True, size=None
            ),
        ),
        AddConstraintNotValid(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("budget__isnull", False), ("budgets__isnull", True)),
                    models.Q(("budget__isnull", True), ("budgets__isnull", False)),
                    _connector="OR",
                ),
                name="posting_of_one_or_many",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, APART),
    ]
