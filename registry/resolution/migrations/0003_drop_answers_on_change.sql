-- What drops a signed answer: any change of what it says, in the transaction of that change, whoever makes it.
--
-- For every agent that a change affects: its epoch goes up (which takes the lock that whoever stores an answer takes
-- too), its stored answers go, and the keys they were stored under are announced to every process that holds bytes
-- in memory. Statement-level with transition tables: an import of 100,000 rows costs one run, not 100,000.

CREATE FUNCTION resolution_announce(spoken text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    payload text := '*';
BEGIN
    IF cardinality(spoken) <= 1000 THEN
        SELECT array_agg(DISTINCT key) INTO keys FROM unnest(spoken) AS key WHERE key IS NOT NULL;
        IF keys IS NULL THEN
            RETURN;
        END IF;
        payload := array_to_string(keys, E'\n');
        -- PostgreSQL carries payloads under 8,000 bytes; '*' means: forget everything.
        IF cardinality(keys) > 100 OR octet_length(payload) > 7500 THEN
            payload := '*';
        END IF;
    ELSIF spoken IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_notify('attorn_resolution', payload);
END $$;

CREATE FUNCTION resolution_touch(touched text[], spoken text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    dropped text[];
BEGIN
    -- In the order of ids, so that two changes that touch the same agents queue instead of deadlocking.
    INSERT INTO resolution_subject AS subject (agent_id, epoch)
        SELECT DISTINCT agent.id, 1
        FROM unnest(touched) AS one (id) JOIN agents_agent AS agent ON agent.id = one.id
        ORDER BY agent.id
        ON CONFLICT (agent_id) DO UPDATE SET epoch = subject.epoch + 1;
    WITH gone AS (
        DELETE FROM resolution_answer WHERE agent_id = ANY (touched) RETURNING key
    )
    SELECT array_agg(key) INTO dropped FROM gone;
    PERFORM resolution_announce(array_cat(dropped, spoken));
END $$;

CREATE FUNCTION resolution_agents_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM resolution_touch(array_agg(id::text), array_agg(did::text)) FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM resolution_touch(array_agg(n.id::text), array_agg(n.did::text) || array_agg(o.did::text))
        FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE n.* IS DISTINCT FROM o.*;
    ELSE
        DELETE FROM resolution_subject WHERE agent_id IN (SELECT id FROM old_rows);
        PERFORM resolution_touch(array_agg(id::text), array_agg(did::text)) FROM old_rows;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION resolution_methods_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM resolution_touch(array_agg(agent_id::text), array_agg('did:key:' || multikey)) FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM resolution_touch(
            array_agg(n.agent_id::text) || array_agg(o.agent_id::text),
            array_agg('did:key:' || n.multikey) || array_agg('did:key:' || o.multikey)
        ) FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE n.* IS DISTINCT FROM o.*;
    ELSE
        PERFORM resolution_touch(array_agg(agent_id::text), array_agg('did:key:' || multikey)) FROM old_rows;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION resolution_names_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM resolution_touch(array_agg(agent_id::text), array_agg(fqn::text)) FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM resolution_touch(
            array_agg(n.agent_id::text) || array_agg(o.agent_id::text),
            array_agg(n.fqn::text) || array_agg(o.fqn::text)
        ) FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE n.* IS DISTINCT FROM o.*;
    ELSE
        PERFORM resolution_touch(array_agg(agent_id::text), array_agg(fqn::text)) FROM old_rows;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION resolution_records_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM resolution_touch(array_agg(DISTINCT name.agent_id::text), NULL)
        FROM new_rows AS n JOIN directory_name AS name ON name.id = n.name_id;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM resolution_touch(array_agg(DISTINCT name.agent_id::text), NULL)
        FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
            JOIN directory_name AS name ON name.id IN (n.name_id, o.name_id)
        WHERE n.* IS DISTINCT FROM o.*;
    ELSE
        PERFORM resolution_touch(array_agg(DISTINCT name.agent_id::text), NULL)
        FROM old_rows AS o JOIN directory_name AS name ON name.id = o.name_id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION resolution_zones_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM resolution_touch(array_agg(DISTINCT name.agent_id::text), array_agg(name.fqn::text))
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id JOIN directory_name AS name ON name.zone_id = n.id
    WHERE n.* IS DISTINCT FROM o.*;
    RETURN NULL;
END $$;

-- A domain is re-checked all the time; only a proof won or lost is a change of anybody's answer.
CREATE FUNCTION resolution_domains_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM resolution_touch(array_agg(DISTINCT agent.id::text), NULL)
        FROM new_rows AS n JOIN agents_agent AS agent ON agent.organization_id = n.organization_id
        WHERE n.state IN ('proven', 'unreachable');
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM resolution_touch(array_agg(DISTINCT agent.id::text), NULL)
        FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
            JOIN agents_agent AS agent ON agent.organization_id IN (n.organization_id, o.organization_id)
        WHERE (n.organization_id, n.domain, n.state IN ('proven', 'unreachable'))
            IS DISTINCT FROM (o.organization_id, o.domain, o.state IN ('proven', 'unreachable'));
    ELSE
        PERFORM resolution_touch(array_agg(DISTINCT agent.id::text), NULL)
        FROM old_rows AS o JOIN agents_agent AS agent ON agent.organization_id = o.organization_id
        WHERE o.state IN ('proven', 'unreachable');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION resolution_organizations_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM resolution_touch(array_agg(agent.id::text), NULL)
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id JOIN agents_agent AS agent ON agent.organization_id = n.id
    WHERE n.* IS DISTINCT FROM o.*;
    RETURN NULL;
END $$;

-- Readers compare an answer's key with the current one, so stored rows need no visit; memory must hear of it.
CREATE FUNCTION resolution_issuer_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('attorn_resolution', '*');
    RETURN NULL;
END $$;

DO $$
DECLARE
    watched record;
    transition text;
BEGIN
    FOR watched IN
        SELECT * FROM (VALUES
            ('agents_agent', 'resolution_agents_changed', ARRAY['INSERT', 'UPDATE', 'DELETE']),
            ('agents_verificationmethod', 'resolution_methods_changed', ARRAY['INSERT', 'UPDATE', 'DELETE']),
            ('directory_name', 'resolution_names_changed', ARRAY['INSERT', 'UPDATE', 'DELETE']),
            ('directory_resourcerecord', 'resolution_records_changed', ARRAY['INSERT', 'UPDATE', 'DELETE']),
            ('directory_zone', 'resolution_zones_changed', ARRAY['UPDATE']),
            ('directory_domain', 'resolution_domains_changed', ARRAY['INSERT', 'UPDATE', 'DELETE']),
            ('accounts_organization', 'resolution_organizations_changed', ARRAY['UPDATE']),
            ('credentials_issuerkey', 'resolution_issuer_changed', ARRAY['INSERT', 'UPDATE', 'DELETE'])
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
