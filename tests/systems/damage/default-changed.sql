-- Somebody wanted another priority, here alone.
-- expect: alter column tasks.priority default
PRAGMA writable_schema = ON;
UPDATE sqlite_master
SET sql = replace(sql, 'priority INTEGER NOT NULL DEFAULT 0', 'priority INTEGER NOT NULL DEFAULT 5')
WHERE name = 'tasks';
PRAGMA writable_schema = RESET;
