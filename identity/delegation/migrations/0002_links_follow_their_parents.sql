-- A link is what its parent allows it to be. The use cases check the same and give better sentences; this holds
-- whatever writes the row, and while another transaction revokes an ancestor: the ancestors stay locked until commit.
CREATE FUNCTION delegation_follows_parent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent delegation_delegation%ROWTYPE;
    living integer;
BEGIN
    IF NEW.status <> 'active' THEN
        RAISE EXCEPTION 'a delegation begins active' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.parent_id IS NULL THEN
        IF NEW.root_id <> NEW.id OR NEW.path <> ARRAY[NEW.id]::varchar[] THEN
            RAISE EXCEPTION 'a root delegation is its own root and path'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT count(*) FILTER (WHERE status = 'active') INTO living FROM (
        SELECT status FROM delegation_delegation WHERE id = ANY (NEW.path) ORDER BY depth, id FOR SHARE
    ) AS ancestors;
    SELECT * INTO parent FROM delegation_delegation WHERE id = NEW.parent_id;
    IF living <> NEW.depth THEN
        RAISE EXCEPTION 'a delegation above this one is not active' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.path <> parent.path || NEW.id OR NEW.depth <> parent.depth + 1 OR NEW.root_id <> parent.root_id
        OR NEW.principal_id <> parent.principal_id OR NEW.principal_did <> parent.principal_did
        OR NEW.issuer_agent_id <> parent.agent_id OR NEW.valid_until > parent.valid_until
        OR NEW.max_depth_left >= parent.max_depth_left
    THEN
        RAISE EXCEPTION 'a delegation does not follow from its parent'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION delegation_changes_only_its_standing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unchanged delegation_delegation%ROWTYPE := NEW;
BEGIN
    IF OLD.status = 'revoked' THEN
        RAISE EXCEPTION 'a revoked delegation stays as it is' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    unchanged.status := OLD.status;
    unchanged.status_reason := OLD.status_reason;
    unchanged.status_changed_at := OLD.status_changed_at;
    unchanged.status_set_by := OLD.status_set_by;
    unchanged.status_setter := OLD.status_setter;
    IF unchanged IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'of a delegation only its standing changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION delegation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'delegations and their constraints stay: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER delegation_insert BEFORE INSERT ON delegation_delegation
    FOR EACH ROW EXECUTE FUNCTION delegation_follows_parent();
CREATE TRIGGER delegation_update BEFORE UPDATE ON delegation_delegation
    FOR EACH ROW EXECUTE FUNCTION delegation_changes_only_its_standing();
CREATE TRIGGER delegation_delete BEFORE DELETE ON delegation_delegation
    FOR EACH ROW EXECUTE FUNCTION delegation_stays();
CREATE TRIGGER delegation_constraint_change BEFORE UPDATE OR DELETE ON delegation_delegationconstraint
    FOR EACH ROW EXECUTE FUNCTION delegation_stays();
