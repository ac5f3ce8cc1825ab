CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL DEFAULT 'NEW' CHECK (status IN ('NEW', 'RUNNING', 'DONE')),
    active BOOLEAN NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    priority INTEGER CHECK (priority BETWEEN 1 AND 5),
    title TEXT
);
CREATE INDEX tasks_open ON tasks (title) WHERE active = 1;
CREATE INDEX tasks_urgent ON tasks (title) WHERE priority > 4;
