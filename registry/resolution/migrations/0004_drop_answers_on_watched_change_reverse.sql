-- The way back: the functions go, and with them (CASCADE) the triggers that call them.
DROP FUNCTION resolution_watched_credentials_changed() CASCADE;
DROP FUNCTION resolution_watched_entries_changed() CASCADE;
DROP FUNCTION resolution_watch_sources_changed() CASCADE;
