CREATE OR REPLACE FUNCTION refresh_listings(agent_ids text[]) RETURNS void LANGUAGE plpgsql AS $$
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
    SELECT found.agent_id, found.name, found.title, found.summary, found.organization_name, found.capabilities,
        found.status, found.rank, found.words, listing_word_trigrams(tsvector_to_array(found.words))
    FROM (
        SELECT agent.id AS agent_id, coalesce(name.fqn, '') AS name, agent.display_name AS title,
            left(agent.description, 300) AS summary, coalesce(organization.name, '') AS organization_name,
            agent.capabilities, agent.status,
            listing_rank(agent.status, coalesce(organization.assurance_level, 0), agent.created_at) AS rank,
            -- Names as they are spelt, prose by its stems; order comes from the rank, so there are no weights.
            to_tsvector('simple', listing_words(concat_ws(' ', name.fqn, agent.display_name, organization.name,
                array_to_string(agent.capabilities, ' '))))
                || to_tsvector('english', listing_words(agent.display_name || ' ' || left(agent.description, 300)))
                AS words
        FROM agents_agent AS agent
            LEFT JOIN accounts_organization AS organization ON organization.id = agent.organization_id
            LEFT JOIN LATERAL (
                SELECT one.fqn FROM directory_name AS one
                WHERE one.agent_id = agent.id AND NOT one.statuses && ARRAY['clientHold', 'serverHold']::varchar[]
                ORDER BY one.registered_at, one.id LIMIT 1
            ) AS name ON true
        WHERE agent.id = ANY (agent_ids) AND agent.status <> 'deactivated'
        OFFSET 0
    ) AS found
    ON CONFLICT (agent_id) DO UPDATE SET
        name = excluded.name, title = excluded.title, summary = excluded.summary,
        organization_name = excluded.organization_name, capabilities = excluded.capabilities,
        status = excluded.status, rank = excluded.rank, words = excluded.words, trigrams = excluded.trigrams
    WHERE (listing.name, listing.title, listing.summary, listing.organization_name, listing.capabilities,
           listing.status, listing.rank)
        IS DISTINCT FROM (excluded.name, excluded.title, excluded.summary, excluded.organization_name,
           excluded.capabilities, excluded.status, excluded.rank);
END $$;
