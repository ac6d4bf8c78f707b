"""Triggers that drop an answer in the transaction of any change of what it says of a vendor."""

from __future__ import annotations

from django.db import migrations

_FORWARD = """
CREATE FUNCTION resolution_vendors_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM resolution_touch(array_agg(agent_id::text), NULL) FROM old_rows;
    ELSE
        PERFORM resolution_touch(array_agg(agent_id::text), NULL) FROM new_rows;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER resolution_insert AFTER INSERT ON agents_vendor
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_vendors_changed();
CREATE TRIGGER resolution_update AFTER UPDATE ON agents_vendor
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_vendors_changed();
CREATE TRIGGER resolution_delete AFTER DELETE ON agents_vendor
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_vendors_changed();
"""
_BACK = "DROP FUNCTION resolution_vendors_changed() CASCADE"


class Migration(migrations.Migration):
    dependencies = [
        ("resolution", "0005_watched_entries_name_their_agent"),
        ("agents", "0003_vendor"),
    ]

    operations = [migrations.RunSQL(_FORWARD, _BACK)]
