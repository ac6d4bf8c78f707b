-- A new root is what its lender's role may lend. The use case checks the same and gives better sentences; this holds
-- whatever writes the row. What replaces another is compared there: making limits narrower is free. The rule cannot
-- change meanwhile: who sets it holds the principal's fence alone.
CREATE FUNCTION lending_window_seconds(name text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE name WHEN 'day' THEN 86400 WHEN 'week' THEN 604800 WHEN 'month' THEN 2678400 WHEN 'year' THEN 31622400
    ELSE 0 END
$$;

CREATE FUNCTION delegation_keeps_lending_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lender_role text;
    rule delegation_lendingrule%ROWTYPE;
    beyond integer;
BEGIN
    IF NEW.depth > 0 OR NEW.lent_by = '' OR NEW.replaces_id IS NOT NULL THEN
        RETURN NEW;
    END IF;
    IF (SELECT bool_and(item ->> 'currency' = 'XTS') FROM jsonb_array_elements(NEW.constraints) AS item
        WHERE item ->> 'type' IN ('total', 'per_transaction', 'per_period', 'rolling'))
    THEN
        RETURN NEW;  -- play money: anybody may try that out
    END IF;
    SELECT role INTO lender_role FROM accounts_membership
        WHERE organization_id = NEW.principal_id AND user_id = NEW.lent_by;
    SELECT * INTO rule FROM delegation_lendingrule
        WHERE organization_id = NEW.principal_id AND role = lender_role;
    IF lender_role IS NULL OR lender_role NOT IN ('owner', 'administrator', 'lender')
        OR (rule.id IS NULL AND lender_role = 'lender') OR NOT coalesce(rule.may_lend, true)
    THEN
        RAISE EXCEPTION 'whoever lends this may lend nothing here' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF rule.id IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.valid_until - NEW.valid_from > rule.days_max * interval '24 hours' THEN
        RAISE EXCEPTION 'it lasts longer than its lender may lend' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF rule.open_max <= (
        SELECT count(*) FROM delegation_delegation
        WHERE principal_id = NEW.principal_id AND lent_by = NEW.lent_by AND depth = 0 AND status <> 'revoked'
            AND valid_until > NEW.created_at
    ) THEN
        RAISE EXCEPTION 'its lender has lent as often as she may' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM delegation_lendingceiling WHERE rule_id = rule.id) THEN
        RETURN NEW;
    END IF;
    WITH money AS (
        SELECT item ->> 'type' AS kind, item ->> 'currency' AS currency,
            coalesce(item ->> 'amount', item ->> 'max')::bigint AS amount,
            CASE item ->> 'type'
                WHEN 'total' THEN 9223372036854775807
                WHEN 'per_period' THEN lending_window_seconds(item ->> 'period')
                WHEN 'rolling' THEN extract(epoch FROM (item ->> 'window')::interval)::bigint
                ELSE 0
            END AS seconds
        FROM jsonb_array_elements(NEW.constraints) AS item
        WHERE item ->> 'type' IN ('total', 'per_transaction', 'per_period', 'rolling')
    ), lent AS (
        SELECT currency, min(amount) AS once, min(amount) FILTER (WHERE kind = 'total') AS total
        FROM money GROUP BY currency
    )
    SELECT CASE WHEN EXISTS (SELECT FROM money) THEN count(*) ELSE 1 END INTO beyond
    FROM lent LEFT JOIN delegation_lendingceiling AS ceiling
        ON ceiling.rule_id = rule.id AND ceiling.currency = lent.currency
    WHERE lent.once > 0 AND (
        ceiling.id IS NULL
        OR lent.once > ceiling.per_purchase
        OR (ceiling.total IS NOT NULL AND coalesce(lent.total > ceiling.total, true))
        OR (ceiling.per_window IS NOT NULL AND NOT EXISTS (
            SELECT FROM money WHERE money.currency = lent.currency AND money.amount <= ceiling.per_window
                AND money.seconds >= lending_window_seconds(ceiling.window)
        ))
    );
    IF beyond > 0 THEN
        RAISE EXCEPTION 'it allows more than its lender may lend' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER delegation_lending BEFORE INSERT ON delegation_delegation
    FOR EACH ROW EXECUTE FUNCTION delegation_keeps_lending_rule();
