"""A decision writes less: no second index of a key, no slow compression.

Django gives each text key a second index for ``LIKE`` with a prefix. Where a decision writes a row nobody asks so (but of
budgets, whose collation is C, and there the key's own index answers), and each such index is one more page to dirty.
Where the server has no LZ4, evidence that fits into a page stays uncompressed: the old method took longer than all else
about the row. Longer evidence is compressed and moved out as before.
"""

from __future__ import annotations

from django.db import migrations

LIGHTEN = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT indexrelid::regclass::text FROM pg_index
        WHERE indrelid IN ('spending_budget'::regclass, 'spending_authorization'::regclass,
            'spending_decision'::regclass) AND indexrelid::regclass::text LIKE '%\\_like'
    LOOP
        EXECUTE 'DROP INDEX ' || name;
    END LOOP;
    IF NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = 'spending_decision'::regclass AND attname = 'record' AND attcompression = 'l'
    ) THEN
        ALTER TABLE spending_decision SET (toast_tuple_target = 8160);
    END IF;
END $$;
"""
COMPRESS_AGAIN = "ALTER TABLE spending_decision RESET (toast_tuple_target);"


class Migration(migrations.Migration):
    dependencies = [("spending", "0005_agent_terms")]

    operations = [migrations.RunSQL(LIGHTEN, COMPRESS_AGAIN)]
