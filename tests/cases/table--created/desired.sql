CREATE TABLE tasks (task_id INTEGER PRIMARY KEY);
CREATE TABLE events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id INTEGER NOT NULL REFERENCES tasks (task_id),
    said TEXT CHECK (said <> '')
);
CREATE INDEX idx_events_task ON events (task_id);
CREATE TRIGGER events_are_kept BEFORE DELETE ON events BEGIN
    SELECT raise(ABORT, 'events are kept');
END;
