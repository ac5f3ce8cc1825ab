-- A batch migration that ended at DROP TABLE, and left its copy behind.
-- expect: create table _alembic_tmp_tasks
-- allow: drop:_alembic_tmp_tasks
CREATE TABLE _alembic_tmp_tasks (task_id VARCHAR NOT NULL, task_type VARCHAR, PRIMARY KEY (task_id));
INSERT INTO _alembic_tmp_tasks SELECT task_id, task_type FROM tasks;
