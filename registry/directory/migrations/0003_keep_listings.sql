-- Keeps one row of search for each agent, in the transaction of any change of what it says, whoever makes it.
-- Statement-level with transition tables: an import of 100,000 rows is projected in sets, not row by row.

-- The words of a text in lower case; the same separators as registry.directory.search.WORD_SEPARATORS.
CREATE FUNCTION listing_words(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(lower(source), '[\s!-/:-@\[-`{-~]+', ' ', 'g');

-- Three-letter pieces of each word, padded as pg_trgm does, so that a beginning weighs more than a middle.
CREATE FUNCTION listing_trigrams(source text) RETURNS varchar(3)[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(DISTINCT substr(padded, place, 3)::varchar(3)), '{}')
    FROM (
        SELECT DISTINCT '  ' || word || ' ' AS padded
        FROM string_to_table(listing_words(source), ' ') AS word
        WHERE word <> ''
    ) AS words, generate_series(1, length(padded) - 2) AS place
);

-- Who comes first: those somebody answers for, by assurance, then the unclaimed, then the suspended; newest first.
CREATE FUNCTION listing_rank(status text, assurance_level int, created_at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE status WHEN 'active' THEN 2 + assurance_level WHEN 'unclaimed' THEN 1 ELSE 0 END * 100000000000
    + extract(epoch FROM created_at)::bigint;

CREATE FUNCTION refresh_listings(agent_ids text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF agent_ids IS NULL THEN
        RETURN;
    END IF;
    -- In the order of ids, so that two changes of one agent queue, and the later one reads what the earlier wrote.
    PERFORM 1 FROM agents_agent WHERE id = ANY (agent_ids) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM directory_listing AS listing USING agents_agent AS agent
        WHERE listing.agent_id = ANY (agent_ids) AND agent.id = listing.agent_id AND agent.status = 'deactivated';
    INSERT INTO directory_listing AS listing
        (agent_id, name, title, summary, organization_name, capabilities, status, rank, words, trigrams)
    SELECT agent.id, coalesce(name.fqn, ''), agent.display_name, left(agent.description, 300),
        coalesce(organization.name, ''), agent.capabilities, agent.status,
        listing_rank(agent.status, coalesce(organization.assurance_level, 0), agent.created_at),
        -- Names as they are spelt, prose by its stems; order comes from the rank, so there are no weights.
        to_tsvector('simple', listing_words(concat_ws(' ', name.fqn, agent.display_name, organization.name,
            array_to_string(agent.capabilities, ' '))))
            || to_tsvector('english', listing_words(agent.display_name || ' ' || left(agent.description, 300))),
        listing_trigrams(concat_ws(' ', name.fqn, agent.display_name, organization.name))
    FROM agents_agent AS agent
        LEFT JOIN accounts_organization AS organization ON organization.id = agent.organization_id
        LEFT JOIN LATERAL (
            SELECT one.fqn FROM directory_name AS one
            WHERE one.agent_id = agent.id AND NOT one.statuses && ARRAY['clientHold', 'serverHold']::varchar[]
            ORDER BY one.registered_at, one.id LIMIT 1
        ) AS name ON true
    WHERE agent.id = ANY (agent_ids) AND agent.status <> 'deactivated'
    ON CONFLICT (agent_id) DO UPDATE SET
        name = excluded.name, title = excluded.title, summary = excluded.summary,
        organization_name = excluded.organization_name, capabilities = excluded.capabilities,
        status = excluded.status, rank = excluded.rank, words = excluded.words, trigrams = excluded.trigrams
    WHERE (listing.name, listing.title, listing.summary, listing.organization_name, listing.capabilities,
           listing.status, listing.rank)
        IS DISTINCT FROM (excluded.name, excluded.title, excluded.summary, excluded.organization_name,
           excluded.capabilities, excluded.status, excluded.rank);
END $$;

-- An unclaimed agent is listed by its name, which is inserted in the same transaction.
CREATE FUNCTION listings_agents_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(array_agg(id::text)) FROM new_rows WHERE status <> 'unclaimed';
    RETURN NULL;
END $$;

CREATE FUNCTION listings_agents_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(array_agg(n.id::text))
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
    WHERE (n.display_name, n.description, n.capabilities, n.status, n.organization_id)
        IS DISTINCT FROM (o.display_name, o.description, o.capabilities, o.status, o.organization_id);
    RETURN NULL;
END $$;

CREATE FUNCTION listings_names_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM refresh_listings(array_agg(DISTINCT agent_id::text)) FROM new_rows WHERE agent_id IS NOT NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM refresh_listings(array_agg(DISTINCT agent.id))
        FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id
            CROSS JOIN LATERAL unnest(ARRAY[n.agent_id::text, o.agent_id::text]) AS agent (id)
        WHERE agent.id IS NOT NULL AND (n.fqn, n.agent_id, n.statuses) IS DISTINCT FROM (o.fqn, o.agent_id, o.statuses);
    ELSE
        PERFORM refresh_listings(array_agg(DISTINCT agent_id::text)) FROM old_rows WHERE agent_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION listings_organizations_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_listings(array_agg(agent.id::text))
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id JOIN agents_agent AS agent ON agent.organization_id = n.id
    WHERE (n.name, n.assurance_level) IS DISTINCT FROM (o.name, o.assurance_level);
    RETURN NULL;
END $$;

CREATE TRIGGER listings_insert AFTER INSERT ON agents_agent
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION listings_agents_inserted();
CREATE TRIGGER listings_update AFTER UPDATE ON agents_agent
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION listings_agents_changed();
CREATE TRIGGER listings_insert AFTER INSERT ON directory_name
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION listings_names_changed();
CREATE TRIGGER listings_update AFTER UPDATE ON directory_name
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION listings_names_changed();
CREATE TRIGGER listings_delete AFTER DELETE ON directory_name
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION listings_names_changed();
CREATE TRIGGER listings_update AFTER UPDATE ON accounts_organization
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION listings_organizations_changed();

-- Agents that were there before.
SELECT refresh_listings(array_agg(id::text)) FROM agents_agent;
