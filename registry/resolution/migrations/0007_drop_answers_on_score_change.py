"""Triggers that drop an answer in the transaction of any change of what it says of an agent's reputation.

A score is computed anew every night; only what an answer shows of it is a change of the answer.
"""

from __future__ import annotations

from django.db import migrations

_FORWARD = """
CREATE FUNCTION resolution_scores_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM resolution_touch(array_agg(agent_id::text), NULL) FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM resolution_touch(array_agg(n.agent_id::text), NULL)
        FROM new_rows AS n JOIN old_rows AS o ON o.agent_id = n.agent_id
        WHERE (n.score, n.band, n.sample_size, n.formula) IS DISTINCT FROM (o.score, o.band, o.sample_size, o.formula);
    ELSE
        PERFORM resolution_touch(array_agg(agent_id::text), NULL) FROM old_rows;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER resolution_insert AFTER INSERT ON scoring_agentscore
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_scores_changed();
CREATE TRIGGER resolution_update AFTER UPDATE ON scoring_agentscore
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION resolution_scores_changed();
CREATE TRIGGER resolution_delete AFTER DELETE ON scoring_agentscore
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION resolution_scores_changed();
"""
_BACK = "DROP FUNCTION resolution_scores_changed() CASCADE"


class Migration(migrations.Migration):
    dependencies = [
        ("resolution", "0006_drop_answers_on_vendor_change"),
        ("scoring", "0001_evidence_and_scores"),
    ]

    operations = [migrations.RunSQL(_FORWARD, _BACK)]
