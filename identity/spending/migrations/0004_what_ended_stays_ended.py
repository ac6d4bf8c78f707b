"""A closed authorization, a used elevation, an answered question and an answer stay as they are: the database refuses.

The conditions stand in the triggers, so that a change that may happen calls no function.
"""

from __future__ import annotations

from django.db import migrations

FORBID = """
CREATE TRIGGER spending_authorization_stays_ended BEFORE UPDATE ON spending_authorization FOR EACH ROW
    WHEN (OLD.state = 'closed' AND (NEW.state, NEW.open, NEW.captured, NEW.close_reason, NEW.closed_at)
        IS DISTINCT FROM (OLD.state, OLD.open, OLD.captured, OLD.close_reason, OLD.closed_at))
    EXECUTE FUNCTION spending_refuse();
CREATE TRIGGER spending_authorization_keeps_its_parties BEFORE UPDATE ON spending_authorization FOR EACH ROW
    WHEN ((NEW.path, NEW.agent, NEW.vendor, NEW.principal, NEW.currency, NEW.action, NEW.order_hash)
        IS DISTINCT FROM (OLD.path, OLD.agent, OLD.vendor, OLD.principal, OLD.currency, OLD.action, OLD.order_hash))
    EXECUTE FUNCTION spending_refuse();
CREATE TRIGGER spending_elevation_once BEFORE UPDATE ON spending_elevation FOR EACH ROW
    WHEN (OLD.consumed_by IS NOT NULL OR (NEW.approval_id, NEW.binding_digest, NEW.max_amount, NEW.lifts,
        NEW.valid_until) IS DISTINCT FROM (OLD.approval_id, OLD.binding_digest, OLD.max_amount, OLD.lifts,
        OLD.valid_until))
    EXECUTE FUNCTION spending_refuse();
CREATE TRIGGER spending_approval_stays_answered BEFORE UPDATE ON spending_approval FOR EACH ROW
    WHEN (OLD.state <> 'pending') EXECUTE FUNCTION spending_refuse();
CREATE TRIGGER spending_vote_stays BEFORE UPDATE OR DELETE ON spending_approvalvote
    FOR EACH STATEMENT EXECUTE FUNCTION spending_refuse();
"""

ALLOW = """
DROP TRIGGER spending_authorization_stays_ended ON spending_authorization;
DROP TRIGGER spending_authorization_keeps_its_parties ON spending_authorization;
DROP TRIGGER spending_elevation_once ON spending_elevation;
DROP TRIGGER spending_approval_stays_answered ON spending_approval;
DROP TRIGGER spending_vote_stays ON spending_approvalvote;
"""


class Migration(migrations.Migration):
    dependencies = [("spending", "0003_quick_compression")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
