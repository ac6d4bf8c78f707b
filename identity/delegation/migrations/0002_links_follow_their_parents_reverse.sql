DROP TRIGGER delegation_constraint_change ON delegation_delegationconstraint;
DROP TRIGGER delegation_delete ON delegation_delegation;
DROP TRIGGER delegation_update ON delegation_delegation;
DROP TRIGGER delegation_insert ON delegation_delegation;
DROP FUNCTION delegation_stays();
DROP FUNCTION delegation_changes_only_its_standing();
DROP FUNCTION delegation_follows_parent();
