DROP TRIGGER push_wake ON journal_event;
DROP FUNCTION push_wake();
