INSERT INTO tasks (task_id, task_type, status, submitted_configs, created_by, tags, active) VALUES
    ('a1', 'flink_sql', 'RUNNING', '{"timeout": 30}', 'ann', '["etl"]', 1),
    ('b2', 'flink_sql', 'COMPLETED', '{}', 'bob', NULL, 1),
    ('c3', 'cdc', 'CANCELLED', '{"quote": "it''s"}', 'ann', '[]', 0);
INSERT INTO task_events (event_id, task_id, event_type, previous_status, new_status) VALUES
    (3, 'a1', 'CREATED', NULL, 'PENDING'),
    (4, 'a1', 'STATUS_CHANGE', 'PENDING', 'RUNNING'),
    (9, 'b2', 'CREATED', NULL, 'PENDING'),
    (17, 'c3', 'CREATED', NULL, 'PENDING');
