"""Appending is quick: the trigger's question stands in its condition, so that no function is called for an event as it
should be; and the key has no second index for ``LIKE``, by which nobody asks."""

from __future__ import annotations

from django.db import migrations

QUICK = """
CREATE OR REPLACE TRIGGER journal_event_insert BEFORE INSERT ON journal_event
    FOR EACH ROW WHEN (NEW.position IS NOT NULL) EXECUTE FUNCTION journal_event_unstamped_at_first();
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT indexrelid::regclass::text FROM pg_index
        WHERE indrelid = 'journal_event'::regclass AND indexrelid::regclass::text LIKE '%\\_id\\_%\\_like'
    LOOP
        EXECUTE 'DROP INDEX ' || name;
    END LOOP;
END $$;
"""
THOROUGH = """
CREATE OR REPLACE TRIGGER journal_event_insert BEFORE INSERT ON journal_event
    FOR EACH ROW EXECUTE FUNCTION journal_event_unstamped_at_first();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_acts_of_operators")]

    operations = [migrations.RunSQL(QUICK, THOROUGH)]
