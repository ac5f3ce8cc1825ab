-- ResinKit on its first day, in the words of its design: tasks in three states, and their events, the
-- last two of which were deleted: their numbers must never be given out again.
INSERT INTO tasks (task_id, task_type, task_name, status, priority, submitted_configs, created_by,
    tags, active) VALUES
    ('t-1', 'flink_sql', 'orders', 'RUNNING', 5, '{"task_timeout_seconds": 60}', 'ada', '["a"]', 1),
    ('t-2', 'flink_sql', 'it''s “ünï”', 'PENDING', 0, '{}', 'bob', NULL, 1),
    ('t-3', 'batch', NULL, 'FAILED', -1, '{}', 'ada', '["a", "b"]', 0);
INSERT INTO task_events (event_id, task_id, event_type, previous_status, new_status) VALUES
    (1, 't-1', 'CREATED', NULL, 'PENDING'), (2, 't-1', 'STATUS_CHANGE', 'PENDING', 'RUNNING'),
    (3, 't-2', 'CREATED', NULL, 'PENDING'), (8, 't-3', 'CREATED', NULL, 'PENDING'),
    (9, 't-3', 'STATUS_CHANGE', 'PENDING', 'FAILED'), (40, 't-3', 'NOTE', NULL, NULL);
DELETE FROM task_events WHERE event_id > 8;
