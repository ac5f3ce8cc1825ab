CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  -- what a task goes through
  status TEXT NOT NULL DEFAULT 'todo' CONSTRAINT known_status CHECK (status IN ('todo', 'done')),
  due TEXT
);

CREATE INDEX idx_tasks_open ON tasks (due) WHERE status = 'todo';

CREATE TABLE comments (
  id INTEGER PRIMARY KEY,
  task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  body TEXT NOT NULL
);

CREATE TABLE attachments (
  id INTEGER PRIMARY KEY,
  comment_id INTEGER NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
  name TEXT NOT NULL
);
