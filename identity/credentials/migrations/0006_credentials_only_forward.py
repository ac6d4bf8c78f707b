"""A credential's bytes never change and its revocation stands: the database itself refuses anything else."""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE FUNCTION credentials_credential_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'revoked' AND NEW.status <> 'revoked' THEN
        RAISE EXCEPTION 'a revocation is terminal' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.id, NEW.document, NEW.digest, NEW.issuer, NEW.organization_id, NEW.agent_id, NEW.status_entry_id)
       IS DISTINCT FROM
       (OLD.id, OLD.document, OLD.digest, OLD.issuer, OLD.organization_id, OLD.agent_id, OLD.status_entry_id) THEN
        RAISE EXCEPTION 'a credential stays as it was issued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER credentials_credential_change BEFORE UPDATE ON credentials_credential
    FOR EACH ROW EXECUTE FUNCTION credentials_credential_only_forward();
"""

ALLOW = """
DROP TRIGGER credentials_credential_change ON credentials_credential;
DROP FUNCTION credentials_credential_only_forward();
"""


class Migration(migrations.Migration):
    dependencies = [("credentials", "0005_credentials_and_tenant_issuers")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
