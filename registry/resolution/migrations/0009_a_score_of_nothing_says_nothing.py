"""A score without any evidence says what an answer says of an agent that has no score: its row drops no answer.

Each agent's first score is written in two steps, a place and then the figures; only the second is a change.
"""

from __future__ import annotations

from django.db import migrations

_FUNCTION = """
CREATE OR REPLACE FUNCTION resolution_scores_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM resolution_touch(array_agg(agent_id::text), NULL) FROM new_rows{condition};
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM resolution_touch(array_agg(n.agent_id::text), NULL)
        FROM new_rows AS n JOIN old_rows AS o ON o.agent_id = n.agent_id
        WHERE (n.score, n.band, n.sample_size, n.formula) IS DISTINCT FROM (o.score, o.band, o.sample_size, o.formula);
    ELSE
        PERFORM resolution_touch(array_agg(agent_id::text), NULL) FROM old_rows;
    END IF;
    RETURN NULL;
END $$;
"""
_FORWARD = _FUNCTION.format(condition=" WHERE g > 0 OR b > 0 OR sample_size > 0")
_BACK = _FUNCTION.format(condition="")


class Migration(migrations.Migration):
    dependencies = [("resolution", "0008_drop_answers_on_sanction_change")]

    operations = [migrations.RunSQL(_FORWARD, _BACK)]
