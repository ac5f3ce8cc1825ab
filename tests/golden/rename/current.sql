CREATE TABLE task_item (
  id INTEGER PRIMARY KEY,
  label TEXT NOT NULL,
  project_id INTEGER REFERENCES projects (id) ON DELETE SET NULL
);

CREATE INDEX idx_task_item_label ON task_item (label COLLATE NOCASE);

CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE VIEW labels AS
  SELECT label, count(*) AS used FROM task_item GROUP BY label;
