-- The same index once more, by the name that another tool would give it.
-- expect: create index ix_tasks_created_by
CREATE INDEX ix_tasks_created_by ON tasks (created_by);
