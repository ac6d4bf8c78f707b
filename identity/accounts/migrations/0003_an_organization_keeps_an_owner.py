"""The database's own word that an organization with members has an owner, whatever two transactions do at once."""

from __future__ import annotations

from django.db import migrations

# Checked at commit, so that one transaction may hand ownership over in any order of steps. The row lock makes two
# transactions, each removing the owner that the other still counts on, wait for one another: the second then sees
# what the first did and is refused.
GUARD = """
CREATE FUNCTION organization_keeps_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_organization WHERE id = OLD.organization_id FOR UPDATE;
    IF FOUND AND NOT EXISTS (
        SELECT 1 FROM accounts_membership WHERE organization_id = OLD.organization_id AND role = 'owner'
    ) THEN
        RAISE EXCEPTION 'organization % would have no owner', OLD.organization_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER membership_keeps_an_owner AFTER DELETE OR UPDATE ON accounts_membership
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.role = 'owner') EXECUTE FUNCTION organization_keeps_an_owner();
"""

REMOVE = """
DROP TRIGGER membership_keeps_an_owner ON accounts_membership;
DROP FUNCTION organization_keeps_an_owner();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_organization_of_a_person")]

    operations = [migrations.RunSQL(GUARD, REMOVE)]
