-- A table rebuilt by a tool that reflects no CHECK.
-- expect: drop check tasks.valid_task_status
PRAGMA writable_schema = ON;
UPDATE sqlite_master
SET sql = substr(sql, 1, instr(sql, ',' || char(10) || '    CONSTRAINT valid_task_status') - 1)
    || char(10) || ')'
WHERE name = 'tasks';
PRAGMA writable_schema = RESET;
