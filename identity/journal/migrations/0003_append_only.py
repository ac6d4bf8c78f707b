"""What was recorded stays: the database itself refuses to change, delete or empty the journal."""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE FUNCTION journal_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION journal_event_only_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unstamped journal_event%ROWTYPE := NEW;
BEGIN
    unstamped.position := NULL;
    IF OLD.position IS NOT NULL OR NEW.position IS NULL OR unstamped IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'the journal is append-only: only a missing position can be stamped'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION journal_event_unstamped_at_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position IS NOT NULL THEN
        RAISE EXCEPTION 'the journal is append-only: only the sequencer gives positions'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER journal_event_insert BEFORE INSERT ON journal_event
    FOR EACH ROW EXECUTE FUNCTION journal_event_unstamped_at_first();
CREATE TRIGGER journal_event_update BEFORE UPDATE ON journal_event
    FOR EACH ROW EXECUTE FUNCTION journal_event_only_stamp();
CREATE TRIGGER journal_event_delete BEFORE DELETE ON journal_event
    FOR EACH ROW EXECUTE FUNCTION journal_event_refuse();
CREATE TRIGGER journal_event_truncate BEFORE TRUNCATE ON journal_event
    FOR EACH STATEMENT EXECUTE FUNCTION journal_event_refuse();
"""

ALLOW = """
DROP TRIGGER journal_event_truncate ON journal_event;
DROP TRIGGER journal_event_delete ON journal_event;
DROP TRIGGER journal_event_update ON journal_event;
DROP TRIGGER journal_event_insert ON journal_event;
DROP FUNCTION journal_event_unstamped_at_first();
DROP FUNCTION journal_event_only_stamp();
DROP FUNCTION journal_event_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_written_order")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
