"""Whoever tells people of questions is woken by the commit that puts one (LISTEN attorn_questions). Questions are few:
the trigger is on their table, and the ledger's frequent events pay nothing for it."""

from __future__ import annotations

from django.db import migrations

WAKE = """
CREATE FUNCTION notices_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('attorn_questions', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER notices_wake AFTER INSERT ON spending_approval FOR EACH STATEMENT EXECUTE FUNCTION notices_wake();
"""
REVERSE = """
DROP TRIGGER notices_wake ON spending_approval;
DROP FUNCTION notices_wake();
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_vapid_key_is_sealed_anew"), ("spending", "0001_initial")]

    operations = [migrations.RunSQL(WAKE, REVERSE)]
