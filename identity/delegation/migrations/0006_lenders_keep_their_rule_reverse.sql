DROP TRIGGER delegation_lending ON delegation_delegation;
DROP FUNCTION delegation_keeps_lending_rule();
DROP FUNCTION lending_window_seconds(text);
