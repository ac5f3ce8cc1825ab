-- Zerg in April 2025: one agent that runs by its schedule, one that was paused and kept its cron
-- expression, one that never had any. States and kinds of threads are in lower case.
INSERT INTO agents (id, name, status, system_instructions, task_instructions, schedule, model,
    config, run_on_schedule, last_error) VALUES
    (1, 'digest', 'idle', 'Be brief.', 'Sum up the day.', '0 18 * * *', 'gpt-4o', '{"k": 1}', 1, NULL),
    (2, 'paused', 'error', 'Be kind.', 'Greet.', '*/5 * * * *', 'gpt-4o', NULL, 0, 'quota'),
    (7, 'by hand', NULL, 'Be.', 'Do.', NULL, 'gpt-4o-mini', NULL, 0, NULL);
INSERT INTO agent_threads (id, agent_id, title, active, thread_type) VALUES
    (1, 1, 'Tuesday', 1, 'scheduled'), (2, 1, 'Monday', 0, 'chat'), (3, 2, 'Hello', NULL, 'manual');
INSERT INTO thread_messages (id, thread_id, role, content, timestamp, processed, parent_id) VALUES
    (10, 1, 'user', 'it''s “on”', '2025-04-20 08:00:00', 1, NULL),
    (11, 1, 'assistant', 'Yes.', '2025-04-20 08:00:05', 0, 10),
    (12, 3, 'user', 'Hi', NULL, 0, NULL);
INSERT INTO agent_messages (id, agent_id, role, content) VALUES (1, 2, 'system', 'paused');
INSERT INTO triggers (id, agent_id, type, secret) VALUES (5, 1, 'webhook', 's3cret');
