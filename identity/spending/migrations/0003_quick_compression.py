"""Evidence is compressed by LZ4 where the server was built with it: the default takes longer than writing the row."""

from __future__ import annotations

from django.db import migrations

COMPRESS = """
DO $$ BEGIN
    ALTER TABLE spending_decision ALTER COLUMN record SET COMPRESSION lz4;
    ALTER TABLE spending_decision ALTER COLUMN receipt SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server knows no LZ4; evidence keeps the default compression';
END $$;
"""
DEFAULT = """
ALTER TABLE spending_decision ALTER COLUMN record SET COMPRESSION default;
ALTER TABLE spending_decision ALTER COLUMN receipt SET COMPRESSION default;
"""


class Migration(migrations.Migration):
    dependencies = [("spending", "0002_postings_stay")]

    operations = [migrations.RunSQL(COMPRESS, DEFAULT)]
