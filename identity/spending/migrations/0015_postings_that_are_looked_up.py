"""Only postings of one budget are looked up, so only they are in the index. Built while decisions go on."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("spending", "0014_a_posting_of_many_budgets")]

    operations = [
        ValidateConstraint(model_name="posting", name="posting_of_one_or_many"),
        AddIndexConcurrently(
            model_name="posting",
            index=models.Index(
                condition=models.Q(("budget__isnull", False)),
                fields=["budget", "counted_at"],
                name="posting_of_one_budget",
            ),
        ),
        RemoveIndexConcurrently(model_name="posting", name="posting_by_budget"),
    ]
