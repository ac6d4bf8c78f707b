"""What a yes is worth may end before its minutes are over, when whoever gave it leaves; it never lasts longer."""

from __future__ import annotations

from django.db import migrations

DROP = "DROP TRIGGER spending_elevation_once ON spending_elevation;"
REFUSE = """
CREATE TRIGGER spending_elevation_once BEFORE UPDATE ON spending_elevation FOR EACH ROW
    WHEN (OLD.consumed_by IS NOT NULL OR {later} OR (NEW.approval_id, NEW.binding_digest, NEW.max_amount, NEW.lifts)
        IS DISTINCT FROM (OLD.approval_id, OLD.binding_digest, OLD.max_amount, OLD.lifts))
    EXECUTE FUNCTION spending_refuse();
"""
AFTER = REFUSE.format(later="NEW.valid_until > OLD.valid_until")
BEFORE = REFUSE.format(later="NEW.valid_until <> OLD.valid_until")


class Migration(migrations.Migration):
    dependencies = [("spending", "0007_authorizations_by_principal")]

    operations = [migrations.RunSQL(DROP + AFTER, DROP + BEFORE)]
