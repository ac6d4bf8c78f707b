-- The way back: the functions go, and with them (CASCADE) the triggers that call them.
DROP FUNCTION resolution_agents_changed() CASCADE;
DROP FUNCTION resolution_methods_changed() CASCADE;
DROP FUNCTION resolution_names_changed() CASCADE;
DROP FUNCTION resolution_records_changed() CASCADE;
DROP FUNCTION resolution_zones_changed() CASCADE;
DROP FUNCTION resolution_domains_changed() CASCADE;
DROP FUNCTION resolution_organizations_changed() CASCADE;
DROP FUNCTION resolution_issuer_changed() CASCADE;
DROP FUNCTION resolution_touch(text[], text[]);
DROP FUNCTION resolution_announce(text[]);
