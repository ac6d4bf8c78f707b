-- An entry names its agent, so that a list of fifty thousand entries finds the answers it touches by its own index.

CREATE OR REPLACE FUNCTION resolution_watched_entries_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM resolution_touch(array_agg(DISTINCT n.agent_id::text), NULL)
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
    WHERE n.is_set IS DISTINCT FROM o.is_set;
    RETURN NULL;
END $$;

-- A confirmation that comes after the last one had run out turns *stale* back: that is a change too.
CREATE OR REPLACE FUNCTION resolution_watch_sources_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text[];
BEGIN
    SELECT array_agg(n.id::text) INTO changed
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
    WHERE n.state <> o.state OR coalesce(o.stale_after, '-infinity') < coalesce(n.verified_at, '-infinity');
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM resolution_touch(array_agg(agent_id::text), NULL)
    FROM (
        SELECT agent_id FROM credentials_watchedentry WHERE source_id = ANY (changed)
        UNION
        SELECT agent_id FROM credentials_watchedcredential WHERE key_source_id = ANY (changed)
    ) AS touched;
    RETURN NULL;
END $$;
