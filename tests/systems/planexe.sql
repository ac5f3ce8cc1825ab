-- PlanExe at the end of 2025: ids of task items are 32 digits, workers spell them with dashes. One item
-- has no state, one worker works on an item that is gone.
INSERT INTO task_item (id, timestamp_created, state, prompt, progress_percentage, progress_message,
    last_seen_timestamp, user_id, parameters) VALUES
    ('0f8fad5bd9cb469fa16570867728950e', '2025-12-27 09:00:00', 'processing', 'a bridge, it''s “long”',
        42.5, 'step 3', '2025-12-27 09:30:00', 'ada', '{"speed": "fast"}'),
    ('7c9e6679742540de944be07fc1f90ae7', '2025-12-28 10:00:00', 'completed', 'a boat', 100, NULL, NULL,
        '550e8400-e29b-41d4-a716-446655440000', NULL),
    ('16fd2706859844d7abb7d5d3f1e5b3d4', NULL, NULL, NULL, NULL, NULL, '2025-12-29 11:00:00', NULL, NULL);
INSERT INTO workers (id, started_at, last_heartbeat_at, current_task_id) VALUES
    ('w-1', '2025-12-27 08:00:00', '2025-12-27 09:31:00', '0f8fad5b-d9cb-469f-a165-70867728950e'),
    ('w-2', '2025-12-27 08:00:00', '2025-12-27 08:05:00', 'deadbeef-0000-4000-8000-000000000000'),
    ('w-3', '2025-12-27 08:00:00', '2025-12-27 09:31:00', NULL);
INSERT INTO events (id, timestamp, event_type, message, context) VALUES
    (4, '2025-12-27 09:00:00', 'TASK_PROCESSING', 'begun', '{"worker": "w-1"}');
INSERT INTO nonces (id, nonce_key, created_at, last_accessed_at, request_count) VALUES
    (2, 'abc', '2025-12-27 09:00:00', '2025-12-27 09:00:03', 3);
