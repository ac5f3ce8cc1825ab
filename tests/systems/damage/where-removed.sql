-- A partial index made anew by hand, without its WHERE.
-- expect: alter index idx_tasks_status predicate
DROP INDEX idx_tasks_status;
CREATE INDEX idx_tasks_status ON tasks (status);
