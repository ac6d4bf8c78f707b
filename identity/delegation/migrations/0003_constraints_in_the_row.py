"""Constraints stand in the row of their link, so that a chain is read in one go."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delegation", "0002_links_follow_their_parents")]

    operations = [
        migrations.RunSQL(
            "DROP TRIGGER delegation_constraint_change ON delegation_delegationconstraint",
            "CREATE TRIGGER delegation_constraint_change BEFORE UPDATE OR DELETE ON delegation_delegationconstraint "
            "FOR EACH ROW EXECUTE FUNCTION delegation_stays()",
        ),
        migrations.DeleteModel(name="DelegationConstraint"),
        migrations.AddField(
            model_name="delegation",
            name="constraints",
            field=models.JSONField(default=list),
            preserve_default=False,
        ),
    ]
