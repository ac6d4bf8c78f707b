"""The database's own word that play money is spent at the sandbox's shop only. The condition is looked at before the
function is entered: an authorization in money costs nothing more."""

from __future__ import annotations

from django.db import migrations

GUARD = """
CREATE FUNCTION play_money_stays_in_the_sandbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM agents_agent AS agent
            JOIN accounts_organization AS organization ON organization.id = agent.organization_id
        WHERE agent.id = NEW.vendor AND organization.kind = 'sandbox'
    ) THEN
        RAISE EXCEPTION 'XTS is spent in the sandbox only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER authorization_play_money BEFORE INSERT ON spending_authorization
    FOR EACH ROW WHEN (NEW.currency = 'XTS') EXECUTE FUNCTION play_money_stays_in_the_sandbox();
"""

REMOVE = """
DROP TRIGGER authorization_play_money ON spending_authorization;
DROP FUNCTION play_money_stays_in_the_sandbox();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sandbox", "0001_keys_and_runs"),
        ("agents", "0004_revoked_and_held"),
        ("spending", "0007_authorizations_by_principal"),
    ]

    operations = [migrations.RunSQL(GUARD, REMOVE)]
