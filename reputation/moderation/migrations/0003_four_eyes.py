"""No measure is in force with fewer signatures than the ladder asks for, and what was signed or ended stays so.

The database refuses what a mistaken or bypassed use case would write. The figures are those of
``reputation.moderation.ladder``; a test compares the two.
"""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE FUNCTION moderation_sanction_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    needed integer[] := ARRAY[0, 1, 1, 2, 2, 3];
    signed integer;
    managers integer;
BEGIN
    IF NEW.state <> 'effective' OR NEW.level = 0 THEN
        RETURN NEW;
    END IF;
    SELECT count(*), count(*) FILTER (WHERE role = 'manager') INTO signed, managers
        FROM moderation_signature WHERE sanction_id = NEW.id;
    IF NEW.is_emergency AND NEW.confirm_by IS NOT NULL AND signed >= 1 THEN
        RETURN NEW;
    END IF;
    IF signed < needed[NEW.level + 1] OR (NEW.level = 5 AND managers < 1) THEN
        RAISE EXCEPTION 'a sanction of level % needs more signatures than %', NEW.level, signed
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION moderation_sanction_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('proposed', 'effective') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'a sanction that has ended does not begin again'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state = 'effective' AND NEW.state = 'proposed' THEN
        RAISE EXCEPTION 'a sanction that was in force is no proposal'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.level, NEW.reason, NEW.facts, NEW.agent_id, NEW.organization_id, NEW.case_id, NEW.is_emergency)
        IS DISTINCT FROM
       (OLD.level, OLD.reason, OLD.facts, OLD.agent_id, OLD.organization_id, OLD.case_id, OLD.is_emergency) THEN
        RAISE EXCEPTION 'what operators signed does not change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION moderation_signature_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signature is never changed or taken back: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER moderation_sanction_signed BEFORE INSERT OR UPDATE ON moderation_sanction
    FOR EACH ROW EXECUTE FUNCTION moderation_sanction_signed();
CREATE TRIGGER moderation_sanction_stays BEFORE UPDATE ON moderation_sanction
    FOR EACH ROW EXECUTE FUNCTION moderation_sanction_stays();
CREATE TRIGGER moderation_signature_stays BEFORE UPDATE OR DELETE ON moderation_signature
    FOR EACH ROW EXECUTE FUNCTION moderation_signature_stays();
"""

ALLOW = """
DROP TRIGGER moderation_signature_stays ON moderation_signature;
DROP TRIGGER moderation_sanction_stays ON moderation_sanction;
DROP TRIGGER moderation_sanction_signed ON moderation_sanction;
DROP FUNCTION moderation_signature_stays();
DROP FUNCTION moderation_sanction_stays();
DROP FUNCTION moderation_sanction_signed();
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0002_sanctions_and_appeals")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
