-- Credentials of foreign issuers are part of an answer: what changes their standing drops the answer in the same
-- transaction. Being asked again, or presented again, changes nothing that an answer says and touches nobody.

CREATE FUNCTION resolution_watched_credentials_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM resolution_touch(array_agg(DISTINCT agent_id::text), NULL) FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM resolution_touch(array_agg(DISTINCT n.agent_id::text), NULL)
        FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
        WHERE (n.agent_id, n.seen, n.valid_until, n.key_withdrawn_at, n.key_source_id)
            IS DISTINCT FROM (o.agent_id, o.seen, o.valid_until, o.key_withdrawn_at, o.key_source_id);
    ELSE
        PERFORM resolution_touch(array_agg(DISTINCT agent_id::text), NULL) FROM old_rows;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION resolution_watched_entries_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM resolution_touch(array_agg(DISTINCT credential.agent_id::text), NULL)
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
        JOIN credentials_watchedcredential AS credential ON credential.id = n.credential_id
    WHERE n.is_set IS DISTINCT FROM o.is_set;
    RETURN NULL;
END $$;

-- A confirmation that comes after the last one had run out turns *stale* back: that is a change too.
CREATE FUNCTION resolution_watch_sources_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text[];
BEGIN
    SELECT array_agg(n.id::text) INTO changed
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
    WHERE n.state <> o.state OR coalesce(o.stale_after, '-infinity') < coalesce(n.verified_at, '-infinity');
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM resolution_touch(array_agg(DISTINCT agent_id::text), NULL)
    FROM credentials_watchedcredential
    WHERE key_source_id = ANY (changed) OR id IN (
        SELECT credential_id FROM credentials_watchedentry WHERE source_id = ANY (changed)
    );
    RETURN NULL;
END $$;

DO $$
DECLARE
    watched record;
    transition text;
BEGIN
    FOR watched IN
        SELECT * FROM (VALUES
            ('credentials_watchedcredential', 'resolution_watched_credentials_changed',
                ARRAY['INSERT', 'UPDATE', 'DELETE']),
            ('credentials_watchedentry', 'resolution_watched_entries_changed', ARRAY['UPDATE']),
            ('credentials_watchsource', 'resolution_watch_sources_changed', ARRAY['UPDATE'])
        ) AS rows (tab, fun, ops), unnest(ops) AS op
    LOOP
        transition := CASE watched.op
            WHEN 'INSERT' THEN 'REFERENCING NEW TABLE AS new_rows'
            WHEN 'UPDATE' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
            ELSE 'REFERENCING OLD TABLE AS old_rows'
        END;
        EXECUTE format(
            'CREATE TRIGGER %I AFTER %s ON %I %s FOR EACH STATEMENT EXECUTE FUNCTION %I()',
            'resolution_' || lower(watched.op), watched.op, watched.tab, transition, watched.fun
        );
    END LOOP;
END $$;
