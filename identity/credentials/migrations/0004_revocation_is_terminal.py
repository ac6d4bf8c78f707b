"""A revocation stands and an entry keeps its place: the database itself refuses to lift, move or delete one."""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE FUNCTION credentials_statusentry_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a status entry stays: its place must never be handed out again'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'a revocation is terminal' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.id, NEW.status_list_id, NEW.index, NEW.subject)
       IS DISTINCT FROM (OLD.id, OLD.status_list_id, OLD.index, OLD.subject) THEN
        RAISE EXCEPTION 'a status entry keeps its place' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER credentials_statusentry_change BEFORE UPDATE ON credentials_statusentry
    FOR EACH ROW EXECUTE FUNCTION credentials_statusentry_only_forward();
CREATE TRIGGER credentials_statusentry_delete BEFORE DELETE ON credentials_statusentry
    FOR EACH ROW EXECUTE FUNCTION credentials_statusentry_only_forward();
"""

ALLOW = """
DROP TRIGGER credentials_statusentry_delete ON credentials_statusentry;
DROP TRIGGER credentials_statusentry_change ON credentials_statusentry;
DROP FUNCTION credentials_statusentry_only_forward();
"""


class Migration(migrations.Migration):
    dependencies = [("credentials", "0003_status_lists")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
