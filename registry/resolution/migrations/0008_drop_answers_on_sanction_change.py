"""Triggers that drop an answer in the transaction of any change of a sanction or of the appeal against it.

A sanction of an organization stands in the answers of all its agents.
"""

from __future__ import annotations

from django.db import migrations

_FORWARD = """
CREATE FUNCTION resolution_touch_sanctioned(agents text[], organizations text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM resolution_touch(array_agg(DISTINCT agent.id::text), NULL)
    FROM agents_agent AS agent
    WHERE agent.id = ANY (agents) OR agent.organization_id = ANY (organizations);
END $$;

CREATE FUNCTION resolution_sanctions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM resolution_touch_sanctioned(
            array_agg(agent_id::text), array_agg(organization_id::text) FILTER (WHERE agent_id IS NULL)
        ) FROM old_rows;
    ELSE
        PERFORM resolution_touch_sanctioned(
            array_agg(agent_id::text), array_agg(organization_id::text) FILTER (WHERE agent_id IS NULL)
        ) FROM new_rows;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION resolution_appeals_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM resolution_touch_sanctioned(
            array_agg(s.agent_id::text), array_agg(s.organization_id::text) FILTER (WHERE s.agent_id IS NULL)
        ) FROM old_rows AS a JOIN moderation_sanction AS s ON s.id = a.sanction_id;
    ELSE
        PERFORM resolution_touch_sanctioned(
            array_agg(s.agent_id::text), array_agg(s.organization_id::text) FILTER (WHERE s.agent_id IS NULL)
        ) FROM new_rows AS a JOIN moderation_sanction AS s ON s.id = a.sanction_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER resolution_insert AFTER INSERT ON moderation_sanction
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_sanctions_changed();
CREATE TRIGGER resolution_update AFTER UPDATE ON moderation_sanction
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_sanctions_changed();
CREATE TRIGGER resolution_delete AFTER DELETE ON moderation_sanction
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_sanctions_changed();
CREATE TRIGGER resolution_insert AFTER INSERT ON moderation_appeal
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_appeals_changed();
CREATE TRIGGER resolution_update AFTER UPDATE ON moderation_appeal
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_appeals_changed();
CREATE TRIGGER resolution_delete AFTER DELETE ON moderation_appeal
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_appeals_changed();
"""
_BACK = """
DROP FUNCTION resolution_sanctions_changed() CASCADE;
DROP FUNCTION resolution_appeals_changed() CASCADE;
DROP FUNCTION resolution_touch_sanctioned(text[], text[]);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("resolution", "0007_drop_answers_on_score_change"),
        ("moderation", "0002_sanctions_and_appeals"),
    ]

    operations = [migrations.RunSQL(_FORWARD, _BACK)]
