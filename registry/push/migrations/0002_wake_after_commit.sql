-- Whoever delivers status events is woken by the commit that makes one due (LISTEN attorn_push), not by a timetable.
-- The ledger's frequent events tell no vendor anything new: they wake nobody, and cost one comparison.
CREATE FUNCTION push_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('attorn_push', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER push_wake AFTER INSERT ON journal_event FOR EACH ROW
WHEN (NEW.kind <> ALL (ARRAY[
    'authorization.approved', 'authorization.declined', 'authorization.step_up_required', 'authorization.incremented',
    'authorization.captured', 'authorization.expired', 'authorization.refunded', 'approval.requested',
    'approval.answered', 'allocation.reserved', 'usage.carried', 'delegation.issued', 'credential.issued'
]))
EXECUTE FUNCTION push_wake();
