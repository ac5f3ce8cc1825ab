CREATE TABLE tasks ( -- @renamed from=task_item
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL, -- @renamed from=label
  project_id INTEGER REFERENCES projects (id) ON DELETE SET NULL
);

CREATE INDEX idx_tasks_title ON tasks (title COLLATE NOCASE);

CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE VIEW labels AS
  SELECT title AS label, count(*) AS used FROM tasks GROUP BY title;
