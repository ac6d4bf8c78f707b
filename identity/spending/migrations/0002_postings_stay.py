"""Postings, decisions and nonces are never changed: the database itself refuses. And room on the pages of budgets.

A budget's row is written again and again; half-empty pages let PostgreSQL put the new version beside the old one
without touching an index.
"""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE FUNCTION spending_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER spending_posting_stays BEFORE UPDATE OR DELETE ON spending_posting
    FOR EACH STATEMENT EXECUTE FUNCTION spending_refuse();
CREATE TRIGGER spending_decision_stays BEFORE UPDATE OR DELETE ON spending_decision
    FOR EACH STATEMENT EXECUTE FUNCTION spending_refuse();
CREATE TRIGGER spending_settlement_stays BEFORE UPDATE OR DELETE ON spending_settlement
    FOR EACH STATEMENT EXECUTE FUNCTION spending_refuse();

ALTER TABLE spending_budget SET (fillfactor = 50);
ALTER TABLE spending_authorization SET (fillfactor = 80);
"""

ALLOW = """
DROP TRIGGER spending_posting_stays ON spending_posting;
DROP TRIGGER spending_decision_stays ON spending_decision;
DROP TRIGGER spending_settlement_stays ON spending_settlement;
DROP FUNCTION spending_refuse();
ALTER TABLE spending_budget RESET (fillfactor);
ALTER TABLE spending_authorization RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("spending", "0001_initial")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
